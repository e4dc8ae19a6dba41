import type { Context, MiddlewareHandler } from 'hono'
import { type Caller, may, type Permission, rolesThatMay } from '../access/index.ts'
import { checkBody } from './body.ts'
import type { ApiEnv } from './environment.ts'
import { HttpProblem } from './problem.ts'

/** Who a bearer token stands for; undefined for one that is not good. */
export type Authenticate = (token: string) => Promise<Caller | undefined>

/** Puts the check of who asks before everything else that a route does. */
export type Guard = <R extends { readonly 'x-permission': Permission }>(
  route: R,
) => R & { readonly middleware: MiddlewareHandler<ApiEnv> }

/** A guard: first who asks, then whether they may, and only then what they send. */
export function createGuard(authenticate: Authenticate): Guard {
  return (route) => ({
    ...route,
    middleware: async (context: Context<ApiEnv>, next: () => Promise<void>) => {
      const caller = await callerOf(context, authenticate)
      refuseUnless(caller, route['x-permission'])
      context.set('caller', caller)
      await checkBody(context)
      await next()
    },
  })
}

async function callerOf(context: Context<ApiEnv>, authenticate: Authenticate): Promise<Caller> {
  const header = context.req.header('authorization')
  if (header === undefined) {
    throw new HttpProblem(
      401,
      'token_missing',
      'the request carries no token: send the header "authorization: Bearer <token>"',
      { headers: { 'www-authenticate': 'Bearer realm="arcadia"' } },
    )
  }
  const token = /^bearer +([\x21-\x7e]{1,512}) *$/i.exec(header)?.[1]
  const caller = token === undefined ? undefined : await authenticate(token)
  if (caller !== undefined) return caller
  throw new HttpProblem(
    401,
    'token_invalid',
    'the token is not known, or was revoked: use another, or have an administrator make one with "arcadia token create"',
    { headers: { 'www-authenticate': 'Bearer realm="arcadia", error="invalid_token"' } },
  )
}

function refuseUnless({ actor, role }: Caller, permission: Permission): void {
  if (may(role, permission)) return
  throw new HttpProblem(
    403,
    'forbidden',
    `the token "${actor}" has the role ${role}, which may not do this (${permission}): it takes ${rolesThatMay(permission).join(' or ')}`,
  )
}
