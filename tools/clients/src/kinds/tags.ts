import { column, textOf } from '../client.ts'
import { times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

/** What is changed of a tag is how many droplets have it. */
const count = 'resources.droplets.count'

export const tags: Kind = {
  name: 'tags',
  path: '/v2/tags',
  fill: (cloud, wanted) =>
    times(wanted, (index) => cloud.ask('POST', '/v2/tags', { name: `tag-${index}` })),
  prepare: (cloud) => cloud.droplet(),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('tag.createTag', { name: 'web' }), 'tag.name'),
      read: async (client, tag) =>
        textOf(await client.call('tag.getTag', { tag_name: tag }), `tag.${count}`),
      change: async (client, tag, droplet) => {
        const resources = [{ resource_id: droplet, resource_type: 'droplet' }]
        await client.call('tag.tagResources', { tag_name: tag, resources })
      },
      remove: async (client, tag) => void (await client.call('tag.deleteTag', { tag_name: tag })),
      list: (client) => client.list('tag.listTags', 'tags', 'name'),
    },
    python: {
      create: async (client) =>
        textOf(await client.call('Tag', { name: 'web' }, ['create']), 'name'),
      read: async (client, name) => textOf(await client.call('Tag', { name }, ['load']), count),
      change: async (client, name, droplet) =>
        void (await client.call('Tag', { name }, ['add_droplets', [droplet]])),
      remove: async (client, name) => void (await client.call('Tag', { name }, ['delete'])),
      list: async (client) => column(await client.manager(['get_all_tags']), 'name'),
    },
  },
}
