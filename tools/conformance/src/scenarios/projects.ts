import { idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const projects: Scenario = {
  name: 'projects',
  async walk(api) {
    const { id } = await activeDroplet(api)
    const resources = [`do:droplet:${id}`]
    const shop = { name: 'shop', purpose: 'Web Application', environment: 'Production' }
    const made = await api.post('/v2/projects', shop, 201)
    const path = `/v2/projects/${idOf(made, 'project.id')}`
    await api.post('/v2/projects', shop, 409)
    await api.get('/v2/projects')
    await api.get('/v2/projects?per_page=1&page=2')
    await api.get(path)
    await api.patch(path, { description: 'what sells' })
    await api.put(path, { ...shop, description: '', is_default: false })
    await api.get('/v2/projects/default')
    await api.patch('/v2/projects/default', { description: 'the rest' })
    await api.get('/v2/projects/default/resources')
    await api.post(`${path}/resources`, { resources }, 200)
    await api.get(`${path}/resources`)
    await api.delete(path, 412)
    await api.post('/v2/projects/default/resources', { resources }, 200)
    await api.delete(path)
    await api.get(path, 404)
  },
}
