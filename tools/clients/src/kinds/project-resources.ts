import { z } from 'zod'
import { pick, textOf } from '../client.ts'
import type { Kind } from '../kind.ts'

const shop = { name: 'shop', description: '', purpose: 'Web Application', environment: 'Staging' }
const urns = z.array(z.string())
const urnOf = (droplet: string) => `do:droplet:${droplet}`
const countOf = (items: unknown) => String(z.array(z.unknown()).parse(items).length)

/** How many are in a project of one's own, into which a droplet is put out of the default one. */
export const projectResources: Kind = {
  name: 'project resources',
  path: '/v2/projects/default/resources',
  fill: (cloud, count) => cloud.droplets(count),
  prepare: (cloud) => cloud.droplet(),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('project.createProject', shop), 'project.id'),
      read: async (client, id) => {
        const listed = await client.call('project.listProjectResources', { project_id: id })
        return countOf(pick(listed, 'resources'))
      },
      change: async (client, id, droplet) => {
        const order = { project_id: id, resources: [urnOf(droplet)] }
        await client.call('project.assignResourcesToProject', order)
      },
      list: (client) => client.list('project.listDefaultProjectResources', 'resources', 'urn'),
    },
    python: {
      create: async (client) =>
        textOf(await client.call('Project', shop, ['create_project']), 'id'),
      read: async (client, id) =>
        countOf(await client.call('Project', { id }, ['get_all_resources'])),
      change: async (client, id, droplet) =>
        void (await client.call('Project', { id }, ['assign_resource', [urnOf(droplet)]])),
      list: async (client) =>
        urns.parse(await client.call('Project', { id: 'default' }, ['get_all_resources'])),
    },
  },
}
