import { column } from '../client.ts'
import type { Kind } from '../kind.ts'

export const regions: Kind = {
  name: 'regions',
  path: '/v2/regions',
  by: {
    dotsWrapper: { list: (client) => client.list('region.listRegions', 'regions', 'slug') },
    godo: { list: (client) => client.list('region-list', 'slug') },
    python: {
      list: async (client) => column(await client.manager(['get_all_regions']), 'slug'),
    },
  },
}
