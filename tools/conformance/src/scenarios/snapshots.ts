import { activeDroplet, snapshotOf } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const snapshots: Scenario = {
  name: 'snapshots',
  async walk(api) {
    const { path } = await activeDroplet(api)
    const snapshot = `/v2/snapshots/${await snapshotOf(api, path, 'golden')}`
    await api.get('/v2/snapshots')
    await api.get('/v2/snapshots?resource_type=droplet')
    await api.get(snapshot)
    await api.delete(snapshot)
    await api.get(snapshot, 404)
  },
}
