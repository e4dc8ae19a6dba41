import { idOf } from '../api.ts'
import { act, activeDroplet, plan } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const droplets: Scenario = {
  name: 'droplets',
  async walk(api) {
    const full = { backups: true, ipv6: true, monitoring: true, tags: ['web'] }
    const { id, path } = await activeDroplet(api, full)
    await api.post('/v2/droplets', { names: ['db-01', 'db-02'], ...plan, tags: ['db'] }, 202)
    await api.post('/v2/droplets', { name: 'tmp-01', ...plan, tags: ['tmp'] }, 202)
    await api.get(path)
    for (const filter of ['', '?tag_name=db', '?name=web-01', '?type=droplets', '?per_page=2']) {
      await api.get(`/v2/droplets${filter}`)
    }
    await api.wait(60)
    await act(api, path, { type: 'snapshot', name: 'before' })
    await api.get(`${path}/snapshots`)
    await api.get(`${path}/backups/policy`)
    await api.get('/v2/droplets/backups/policies')
    await api.get('/v2/droplets/backups/supported_policies')
    await api.get(`${path}/kernels`)
    await api.wait(10 * 86_400)
    const backup = idOf(await api.get(`${path}/backups`), 'backups.0.id')
    await api.post(`/v2/images/${backup}/actions`, { type: 'convert' }, 201)
    await api.wait(60)
    await api.get(`/v2/snapshots/${backup}`)
    const action = idOf(await api.get(`${path}/actions`), 'actions.0.id')
    await api.get(`${path}/actions/${action}`)
    await api.delete('/v2/droplets?tag_name=tmp')
    await api.delete(path)
    await api.wait(60)
    await api.get(`/v2/droplets/${id}`, 404)
  },
}
