import { textOf } from '../client.ts'
import type { Kind } from '../kind.ts'

const email = 'account.email'

export const account: Kind = {
  name: 'account',
  path: '/v2/account',
  by: {
    dotsWrapper: {
      read: async (client) => textOf(await client.call('account.getAccount'), email),
    },
    godo: {
      read: async (client) => textOf(await client.call('account-get-information'), 'email'),
    },
    python: {
      read: async (client) => textOf(await client.manager(['get_account']), 'email'),
    },
  },
}
