import { column, pick, textOf } from '../client.ts'
import { until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

/** Made by a droplet's action, and never changed. */
export const snapshots: Kind = {
  name: 'snapshots',
  path: '/v2/snapshots',
  fill: (cloud, count) => cloud.snapshots(count),
  prepare: (cloud) => cloud.droplet(),
  by: {
    dotsWrapper: {
      create: async (client, droplet) => {
        const order = { droplet_id: droplet, name: 'before' }
        const begun = await client.call('droplet.snapshotDroplet', order)
        const action = { action_id: pick(begun, 'action.id') }
        const state = async () => textOf(await client.call('action.getAction', action), status)
        await until(async () => (await state()) === 'completed')
        const list = 'droplet.listDropletSnapshots'
        return textOf(await client.call(list, { droplet_id: droplet }), 'snapshots.0.id')
      },
      read: async (client, id) =>
        textOf(await client.call('snapshot.getSnapshot', { snapshot_id: id }), 'snapshot.name'),
      remove: async (client, id) =>
        void (await client.call('snapshot.deleteSnapshot', { snapshot_id: id })),
      list: (client) => client.list('snapshot.listSnapshots', 'snapshots', 'id'),
    },
    python: {
      create: async (client, droplet) => {
        const id = Number(droplet)
        await client.call('Droplet', { id }, ['take_snapshot', 'before', false], ['wait', 0.02])
        return textOf(await client.manager(['get_droplet_snapshots']), '0.id')
      },
      read: async (client, id) => textOf(await client.manager(['get_snapshot', id]), 'name'),
      remove: async (client, id) => void (await client.call('Snapshot', { id }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_snapshots']), 'id'),
    },
  },
}

const status = 'action.status'
