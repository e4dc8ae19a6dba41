import { textOf } from '../client.ts'
import { times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const shop = { description: '', purpose: 'Web Application', environment: 'Production' }
const named = (id: string) => ({ project_id: id })

export const projects: Kind = {
  name: 'projects',
  path: '/v2/projects',
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', '/v2/projects', { name: `shop-${index}`, ...shop })),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('project.createProject', { name: 'shop', ...shop }), 'project.id'),
      read: async (client, id) =>
        textOf(await client.call('project.getProject', named(id)), 'project.name'),
      change: async (client, id) =>
        void (await client.call('project.patchProject', { ...named(id), name: 'renamed' })),
      remove: async (client, id) => void (await client.call('project.deleteProject', named(id))),
      list: (client) => client.list('project.listProjects', 'projects', 'id'),
    },
  },
}
