import { column } from '../client.ts'
import type { Kind } from '../kind.ts'

export const sizes: Kind = {
  name: 'sizes',
  path: '/v2/sizes',
  by: {
    dotsWrapper: { list: (client) => client.list('size.listSizes', 'sizes', 'slug') },
    godo: { list: (client) => client.list('size-list', 'slug') },
    python: {
      list: async (client) => column(await client.manager(['get_all_sizes']), 'slug'),
    },
  },
}
