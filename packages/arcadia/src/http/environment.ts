import type { HttpBindings } from '@hono/node-server'
import type { Caller } from '../access/index.ts'

/** What a request carries on its way through the API. */
export interface ApiEnv {
  readonly Bindings: HttpBindings
  readonly Variables: {
    /** In every answer and every line of the log about the request. */
    requestId: string
    /** Who asks; set by the guard of a route, and so only in guarded routes. */
    caller: Caller
  }
}
