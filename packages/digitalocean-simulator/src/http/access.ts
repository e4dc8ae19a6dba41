import { z } from 'zod'
import { forbidden, unauthorized } from './answer.ts'

/** One permission, such as `droplet:read`; `*` on either side stands for any. */
export type Scope = `${string}:${string}`

const scope = z.templateLiteral([
  z.string().regex(/^[a-z_*]+$/),
  ':',
  z.string().regex(/^[a-z_*]+$/),
])

/**
 * A token and what it may do: `read` (every `…:read`), `write` (everything), or a list of either
 * and of scopes such as `droplet:create`.
 */
export const tokenGrant = z.strictObject({
  token: z.string().min(1),
  scopes: z.union([
    z.enum(['read', 'write']),
    z.array(z.union([z.enum(['read', 'write']), scope])),
  ]),
})
export type TokenGrant = z.infer<typeof tokenGrant>

/** What the token of a request may do. */
export interface Access {
  readonly token: string
  /** Whether the token holds a scope. */
  can(scope: Scope): boolean
  /** @throws ApiError 403 when the token lacks one of the scopes */
  require(...scopes: readonly Scope[]): void
}

/** The tokens there are. Before any was declared, every bearer token may do everything. */
export class Tokens {
  #grants: ReadonlyMap<string, ReadonlySet<string>> | null = null

  /** Replaces all grants; `null` makes every token good again. */
  declare(grants: readonly TokenGrant[] | null): void {
    this.#grants = grants && new Map(grants.map((grant) => [grant.token, expand(grant.scopes)]))
  }

  /** How many were declared, or null when any is good. */
  get declared(): number | null {
    return this.#grants?.size ?? null
  }

  /** @throws ApiError 401 when there is no token, or none that is known */
  authenticate(authorization: string | undefined): Access {
    const token = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) throw unauthorized()
    if (this.#grants === null) return accessOf(token, new Set(['*:*']))
    const scopes = this.#grants.get(token)
    if (!scopes) throw unauthorized()
    return accessOf(token, scopes)
  }
}

/** What the simulator may do by itself: everything. */
export const unrestricted: Access = accessOf('', new Set(['*:*']))

function accessOf(token: string, scopes: ReadonlySet<string>): Access {
  const can = (wanted: Scope) => {
    const [resource, verb] = wanted.split(':')
    return [wanted, `${resource}:*`, `*:${verb}`, '*:*'].some((pattern) => scopes.has(pattern))
  }
  const require = (...wanted: readonly Scope[]) => {
    if (!wanted.every(can)) throw forbidden()
  }
  return { token, can, require }
}

function expand(scopes: TokenGrant['scopes']): ReadonlySet<string> {
  const words = typeof scopes === 'string' ? [scopes] : scopes
  return new Set(
    words.map((word) => (word === 'read' ? '*:read' : word === 'write' ? '*:*' : word)),
  )
}
