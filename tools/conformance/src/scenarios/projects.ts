import { idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const projects: Scenario = {
  name: 'projects',
  async walk(api) {
    const { id: droplet } = await activeDroplet(api)
    const shop = { name: 'shop', description: '', purpose: 'Web Application' }
    const whole = { ...shop, environment: 'Production', is_default: false }
    const made = await api.post('/v2/projects', { ...shop, environment: 'Production' }, 201)
    const path = `/v2/projects/${idOf(made, 'project.id')}`
    await api.get('/v2/projects')
    await api.get('/v2/projects?per_page=1&page=2')
    await api.get('/v2/projects/default')
    await api.get('/v2/projects/default/resources')
    await api.get(path)
    await api.patch(path, { description: 'sells' })
    await api.put(path, whole)
    const resources = { resources: [`do:droplet:${droplet}`] }
    await api.post(`${path}/resources`, resources, 200)
    await api.get(`${path}/resources`)
    await api.delete(path, 412)
    await api.post('/v2/projects/default/resources', resources, 200)
    await api.delete(path)
    await api.get(path, 404)
  },
}
