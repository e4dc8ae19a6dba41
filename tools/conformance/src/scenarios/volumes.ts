import { idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

const plan = { name: 'data', region: 'fra1', size_gigabytes: 10, filesystem_type: 'ext4' }

export const volumes: Scenario = {
  name: 'volumes',
  async walk(api) {
    const { id: droplet } = await activeDroplet(api)
    const order = { ...plan, description: 'd', tags: ['db'] }
    const id = idOf(await api.post('/v2/volumes', order, 201), 'volume.id')
    const path = `/v2/volumes/${id}`
    for (const filter of ['', '?name=data', '?region=fra1', '?name=data&region=fra1']) {
      await api.get(`/v2/volumes${filter}`)
    }
    await api.get(path)
    const attach = { type: 'attach', droplet_id: Number(droplet), region: 'fra1' }
    const begun = await api.post(`${path}/actions`, attach, 202)
    await api.wait(60)
    await api.delete(path, 409)
    await api.get(`${path}/actions`)
    await api.get(`${path}/actions/${idOf(begun, 'action.id')}`)
    const byName = { type: 'detach', droplet_id: Number(droplet), volume_name: 'data' }
    await api.post('/v2/volumes/actions', { ...byName, region: 'fra1' }, 202)
    await api.wait(60)
    await api.post(`${path}/actions`, { type: 'resize', size_gigabytes: 20 }, 202)
    await api.wait(60)
    await api.delete(path)
    await api.get(path, 404)
    await api.post('/v2/volumes', plan, 201)
    await api.delete('/v2/volumes?name=data&region=fra1')
  },
}

export const volumeSnapshots: Scenario = {
  name: 'volume snapshots',
  async walk(api) {
    const volume = idOf(await api.post('/v2/volumes', plan, 201), 'volume.id')
    const of = `/v2/volumes/${volume}/snapshots`
    const id = idOf(await api.post(of, { name: 'before', tags: ['keep'] }, 201), 'snapshot.id')
    await api.get(of)
    await api.get('/v2/snapshots?resource_type=volume')
    await api.get(`/v2/snapshots/${id}`)
    await api.get(`/v2/volumes/snapshots/${id}`)
    const copy = { name: 'copy', region: 'fra1', snapshot_id: id, size_gigabytes: 20 }
    await api.post('/v2/volumes', copy, 201)
    const resources = [
      { resource_id: id, resource_type: 'volume_snapshot' },
      { resource_id: volume, resource_type: 'volume' },
    ]
    await api.post('/v2/tags/keep/resources', { resources }, 204)
    await api.get('/v2/tags/keep')
    await api.delete(`/v2/volumes/snapshots/${id}`)
    await api.get(`/v2/volumes/snapshots/${id}`, 404)
  },
}
