import { textOf } from '../client.ts'
import type { Kind } from '../kind.ts'

/** What was done: read and listed only. */
export const actions: Kind = {
  name: 'actions',
  path: '/v2/actions',
  fill: (cloud, count) => cloud.droplets(count),
  prepare: async (cloud) => {
    await cloud.droplets(1)
    return textOf(await cloud.ask('GET', '/v2/actions'), 'actions.0.id')
  },
  by: {
    dotsWrapper: {
      create: (_, action) => Promise.resolve(action),
      read: async (client, id) =>
        textOf(await client.call('action.getAction', { action_id: id }), 'action.type'),
      list: (client) => client.list('action.listActions', 'actions', 'id'),
    },
    godo: {
      create: (_, action) => Promise.resolve(action),
      read: async (client, id) =>
        textOf(await client.call('action-get', { ID: Number(id) }), 'type'),
      list: (client) => client.list('action-list', 'id'),
    },
    python: {
      create: (_, action) => Promise.resolve(action),
      read: async (client, id) => textOf(await client.manager(['get_action', Number(id)]), 'type'),
    },
  },
}
