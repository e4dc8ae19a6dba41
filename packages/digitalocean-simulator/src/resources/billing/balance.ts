import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { monthToDate } from './usage.ts'

/** What the account owes. Earlier months are paid. */
export const balanceRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/customers/my/balance', scopes: ['billing:read'], handle: show },
]

function show(call: Call) {
  const usage = monthToDate(call.tx, call.now).toFixed(2)
  return {
    status: 200,
    body: {
      month_to_date_balance: usage,
      account_balance: '0.00',
      month_to_date_usage: usage,
      generated_at: timestamp(call.now),
    },
  }
}
