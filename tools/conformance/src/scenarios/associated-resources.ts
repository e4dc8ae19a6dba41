import { type Api, idOf } from '../api.ts'
import { activeDroplet, snapshotOf } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

/** A droplet with a volume, a snapshot and a reserved IP. */
async function furnished(api: Api, name: string) {
  const plan = { name, region: 'fra1', size_gigabytes: 10 }
  const volume = idOf(await api.post('/v2/volumes', plan, 201), 'volume.id')
  await api.post(`/v2/volumes/${volume}/snapshots`, { name }, 201)
  const { id, path } = await activeDroplet(api, { volumes: [volume] })
  await api.post('/v2/reserved_ips', { droplet_id: Number(id) }, 202)
  await api.wait(60)
  await snapshotOf(api, path, name)
  return { volume, path: `${path}/destroy_with_associated_resources` }
}

export const associatedResources: Scenario = {
  name: 'associated resources',
  async walk(api) {
    const { path, volume } = await furnished(api, 'one')
    await api.get(path)
    const fault = { kind: 'errored', match: { method: 'DELETE' } }
    await api.control('POST', '/faults', fault)
    await api.delete(`${path}/selective`, 202, { volumes: [volume] })
    await api.wait(60)
    await api.get(`${path}/status`)
    await api.post(`${path}/retry`, undefined, 202)
    await api.post(`${path}/retry`, undefined, 409)
    await api.wait(60)
    await api.get(`${path}/status`)
    const other = await furnished(api, 'other')
    const word = { 'x-dangerous': 'true' }
    await api.delete(`${other.path}/dangerous`, 202, undefined, word)
    await api.wait(60)
    await api.get(`${other.path}/status`)
  },
}
