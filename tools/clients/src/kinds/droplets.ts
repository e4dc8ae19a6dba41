import { column, pick, textOf } from '../client.ts'
import { plan, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const { region, size, image } = plan
const completed = async (answer: Promise<unknown>, path: string) =>
  pick(await answer, path) === 'completed'

export const droplets: Kind = {
  name: 'droplets',
  path: '/v2/droplets',
  fill: (cloud, count) => cloud.droplets(count),
  by: {
    dotsWrapper: {
      create: async (client) => {
        const made = await client.call('droplet.createDroplet', { name: 'web', ...plan })
        const action = { action_id: pick(made, 'links.actions.0.id') }
        await until(() => completed(client.call('action.getAction', action), 'action.status'))
        return textOf(made, 'droplet.id')
      },
      read: async (client, id) =>
        textOf(await client.call('droplet.getDroplet', { droplet_id: id }), 'droplet.name'),
      change: async (client, id) => {
        const order = { droplet_id: id, name: 'renamed' }
        const begun = await client.call('droplet.renameDroplet', order)
        const action = { droplet_id: id, action_id: pick(begun, 'action.id') }
        const answer = () => client.call('droplet.getDropletAction', action)
        await until(() => completed(answer(), 'action.status'))
      },
      remove: async (client, id) =>
        void (await client.call('droplet.deleteDroplet', { droplet_id: id })),
      list: (client) => client.list('droplet.listDroplets', 'droplets', 'id'),
    },
    godo: {
      create: async (client) => {
        const order = { Name: 'web', Region: region, Size: size, ImageSlug: image }
        const id = textOf(await client.call('droplet-create', order), 'id')
        const up = async () => (await client.call('droplet-get', { ID: Number(id) })) ?? {}
        await until(async () => pick(await up(), 'status') === 'active')
        return id
      },
      read: async (client, id) =>
        textOf(await client.call('droplet-get', { ID: Number(id) }), 'name'),
      change: async (client, id) => {
        const order = { ID: Number(id), Name: 'renamed' }
        const begun = await client.call('rename-droplet', order)
        const action = { DropletID: Number(id), ActionID: pick(begun, 'id') }
        await until(() => completed(client.call('droplet-action', action), 'status'))
      },
      remove: async (client, id) => void (await client.call('droplet-delete', { ID: Number(id) })),
      list: (client) => client.list('droplet-list', 'id'),
    },
    python: {
      create: async (client) => {
        const made = await client.call(
          'Droplet',
          { name: 'web', region, size_slug: size, image },
          ['create'],
          ['get_actions'],
        )
        const [action] = column(made, 'id')
        await client.call('Action', { id: action, status: 'in-progress' }, ['wait', 0.02])
        return textOf(await client.manager(['get_all_droplets']), '0.id')
      },
      read: async (client, id) => textOf(await client.manager(['get_droplet', Number(id)]), 'name'),
      change: async (client, id) =>
        void (await client.call(
          'Droplet',
          { id: Number(id) },
          ['rename', 'renamed', false],
          ['wait', 0.02],
        )),
      remove: async (client, id) =>
        void (await client.call('Droplet', { id: Number(id) }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_droplets']), 'id'),
    },
  },
}
