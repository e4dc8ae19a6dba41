import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const tags: Scenario = {
  name: 'tags',
  async walk(api) {
    const { id } = await activeDroplet(api)
    const resources = { resources: [{ resource_id: id, resource_type: 'droplet' }] }
    await api.post('/v2/tags', { name: 'web' }, 201)
    await api.post('/v2/tags/web/resources', resources, 204)
    await api.get('/v2/tags')
    await api.get('/v2/tags/web')
    await api.delete('/v2/tags/web/resources', 204, resources)
    await api.delete('/v2/tags/web')
    await api.get('/v2/tags/web', 404)
  },
}
