import { column, textOf } from '../client.ts'
import { times, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const plan = { name: 'data', region: 'fra1', size_gigabytes: 10 }
const size = 'size_gigabytes'

/** The MCP server has no tool for volumes. */
export const volumes: Kind = {
  name: 'volumes',
  path: '/v2/volumes',
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', '/v2/volumes', { ...plan, name: `data-${index}` })),
  by: {
    dotsWrapper: {
      create: async (client) => textOf(await client.call('volume.createVolume', plan), 'volume.id'),
      read: async (client, id) =>
        textOf(await client.call('volume.getVolume', { volume_id: id }), `volume.${size}`),
      change: async (client, id) => {
        await client.call('volume.resizeVolume', { volume_id: id, ...plan, size_gigabytes: 20 })
        const read = () => client.call('volume.getVolume', { volume_id: id })
        await until(async () => textOf(await read(), `volume.${size}`) === '20')
      },
      remove: async (client, id) =>
        void (await client.call('volume.deleteVolume', { volume_id: id })),
      list: (client) => client.list('volume.listVolumes', 'volumes', 'id'),
    },
    python: {
      create: async (client) => textOf(await client.call('Volume', plan, ['create']), 'id'),
      read: async (client, id) => textOf(await client.manager(['get_volume', id]), size),
      change: async (client, id) => {
        await client.call('Volume', { id }, ['resize', 20, plan.region])
        const read = () => client.manager(['get_volume', id])
        await until(async () => textOf(await read(), size) === '20')
      },
      remove: async (client, id) => void (await client.call('Volume', { id }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_volumes']), 'id'),
    },
  },
}
