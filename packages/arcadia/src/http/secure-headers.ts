import type { Context } from 'hono'
import type { ApiEnv } from './environment.ts'

/** An API for programs: nothing in it is to be framed, guessed at, cached or run. */
const headers: { readonly [name: string]: string } = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Sets the headers that keep a browser from making more of an answer than it is. */
export function secureHeaders(context: Context<ApiEnv>): void {
  for (const [name, value] of Object.entries(headers)) context.header(name, value)
}
