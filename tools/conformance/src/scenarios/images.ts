import { activeDroplet, snapshotOf } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const images: Scenario = {
  name: 'images',
  async walk(api) {
    const { path } = await activeDroplet(api)
    const own = `/v2/images/${await snapshotOf(api, path, 'golden')}`
    for (const filter of ['', '?type=distribution', '?private=true', '?per_page=3&page=2']) {
      await api.get(`/v2/images${filter}`)
    }
    await api.get('/v2/images/debian-13-x64')
    await api.get(own)
    await api.put(own, { name: 'gilded' })
    await api.delete(own)
    await api.get(own, 404)
  },
}
