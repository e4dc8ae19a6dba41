import { textOf } from '../client.ts'
import type { Kind } from '../kind.ts'

const owed = 'month_to_date_balance'

export const balance: Kind = {
  name: 'balance',
  path: '/v2/customers/my/balance',
  by: {
    dotsWrapper: {
      read: async (client) => textOf(await client.call('customer.getBalance'), owed),
    },
    godo: {
      read: async (client) => textOf(await client.call('balance-get'), owed),
    },
  },
}
