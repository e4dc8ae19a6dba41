import { column, textOf } from '../client.ts'
import { times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const order = {
  name: 'shop',
  description: '',
  purpose: 'Web Application',
  environment: 'Production',
}

const renamed = { name: 'renamed', is_default: false }

export const projects: Kind = {
  name: 'projects',
  path: '/v2/projects',
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', '/v2/projects', { ...order, name: `shop-${index}` })),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('project.createProject', order), 'project.id'),
      read: async (client, id) =>
        textOf(await client.call('project.getProject', { project_id: id }), 'project.name'),
      change: async (client, id) =>
        void (await client.call('project.patchProject', { project_id: id, name: 'renamed' })),
      remove: async (client, id) =>
        void (await client.call('project.deleteProject', { project_id: id })),
      list: (client) => client.list('project.listProjects', 'projects', 'id'),
    },
    python: {
      create: async (client) =>
        textOf(await client.call('Project', order, ['create_project'], ['load']), 'id'),
      read: async (client, id) => textOf(await client.manager(['get_project', id]), 'name'),
      change: async (client, id) =>
        void (await client.call('Project', { ...order, ...renamed, id }, ['update_project'])),
      remove: async (client, id) => void (await client.call('Project', { id }, ['delete_project'])),
      list: async (client) => column(await client.manager(['get_all_projects']), 'id'),
    },
  },
}
