import { idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const projects: Scenario = {
  name: 'projects',
  async walk(api) {
    const { id: droplet } = await activeDroplet(api)
    const resources = { resources: [`do:droplet:${droplet}`] }
    const shop = { name: 'shop', purpose: 'Web Application', environment: 'Production' }
    const made = await api.post('/v2/projects', { ...shop, description: 'sells' }, 201)
    const project = `/v2/projects/${idOf(made, 'project.id')}`
    await api.get('/v2/projects')
    await api.get(project)
    await api.get('/v2/projects/default')
    await api.patch(project, { description: 'sells more' })
    await api.put(project, { ...shop, description: '', is_default: false })
    await api.get('/v2/projects/default/resources')
    await api.post(`${project}/resources`, resources, 200)
    await api.get(`${project}/resources`)
    await api.delete(project, 412)
    await api.post('/v2/projects/default/resources', resources, 200)
    await api.delete(project)
    await api.get(project, 404)
  },
}
