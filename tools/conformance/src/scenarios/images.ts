import { idOf } from '../api.ts'
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

export const customImages: Scenario = {
  name: 'custom images',
  async walk(api) {
    const url = 'https://example.com/golden.qcow2'
    const order = { name: 'golden', url, region: 'fra1', distribution: 'Debian', tags: ['base'] }
    const id = idOf(await api.post('/v2/images', order, 202), 'image.id')
    const path = `/v2/images/${id}`
    await api.get(path)
    await api.get('/v2/images?tag_name=base')
    await api.wait(600)
    await api.get(path)
    await api.put(path, { name: 'gilded', description: 'd', distribution: 'Ubuntu' })
    const begun = await api.post(`${path}/actions`, { type: 'transfer', region: 'ams3' }, 201)
    await api.wait(600)
    await api.get(`${path}/actions`)
    await api.get(`${path}/actions/${idOf(begun, 'action.id')}`)
    await api.get('/v2/images?type=application')
    await api.delete(path)
  },
}
