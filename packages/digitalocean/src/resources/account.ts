import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'

const account = z.looseObject({
  uuid: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  /** `active`, `warning` or `locked`. */
  status: z.string(),
  status_message: z.string().nullish(),
  droplet_limit: z.int(),
  floating_ip_limit: z.int().nullish(),
  reserved_ip_limit: z.int().nullish(),
  volume_limit: z.int().nullish(),
  /** The team the token belongs to; one user's tokens may belong to several. */
  team: z.looseObject({ uuid: z.string(), name: z.string().nullish() }).nullish(),
})

/** The account a token belongs to. */
export type Account = z.infer<typeof account>

export interface AccountResource {
  get(options?: CallOptions): Promise<Account>
}

export function accountResource(caller: Caller): AccountResource {
  const schema = z.looseObject({ account })
  return {
    get: async ({ signal } = {}) => {
      const path = pathOf('account')
      return (await caller.read({ operation: 'account.get', path, schema, signal })).value.account
    },
  }
}
