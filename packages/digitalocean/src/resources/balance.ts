import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'

/** US dollars, as text with two decimals: amounts are no floating-point numbers. */
const amount = z.string()

const balance = z.looseObject({
  /** What would be owed if the month ended now. */
  month_to_date_balance: amount,
  /** What is owed of earlier months; negative for credit. */
  account_balance: amount,
  month_to_date_usage: amount,
  /** RFC 3339. */
  generated_at: z.string(),
})

/** What the account owes. */
export type Balance = z.infer<typeof balance>

export interface BalanceResource {
  get(options?: CallOptions): Promise<Balance>
}

export function balanceResource(caller: Caller): BalanceResource {
  return {
    get: async ({ signal } = {}) => {
      const path = pathOf('customers', 'my', 'balance')
      return (await caller.read({ operation: 'balance.get', path, schema: balance, signal })).value
    },
  }
}
