import type { Random } from '../random.ts'
import type { ActionFate } from '../resources/actions/action-record.ts'
import type { Transaction } from '../store/transaction.ts'
import type { Lag, SimulatedTime } from '../time.ts'
import type { Access, Scope } from './access.ts'
import type { Reply } from './answer.ts'

/** What the account lives in, besides its state. */
export interface World {
  readonly time: SimulatedTime
  readonly lag: Lag
  readonly random: Random
  /** How many droplets the account may have. */
  readonly dropletLimit: number
}

/** One request, as a handler sees it. Handlers are synchronous: a request is one change. */
export interface Call {
  readonly tx: Transaction
  readonly world: World
  /** The simulated time of the request. */
  readonly now: number
  readonly url: URL
  readonly params: Readonly<Record<string, string>>
  /** A header of the request, by its name in any case. */
  readonly header: (name: string) => string | undefined
  /** The parsed JSON body; undefined when there was none. */
  readonly body: unknown
  readonly access: Access
  /** How actions begun by this request end: a fault may have decided it. */
  readonly fate: ActionFate
  /** Told of every action that the request begins. */
  readonly begun: (actionId: number) => void
  /** Listings hide what is younger than so many milliseconds: a fault may have set it. */
  readonly hideYoungerMs: number
}

/** One operation of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As DigitalOcean writes it, with `:name` for parameters. */
  readonly path: string
  /** What the token must be allowed to do. */
  readonly scopes: readonly Scope[]
  readonly handle: (call: Call) => Reply
}
