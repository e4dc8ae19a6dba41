import { idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const vpcs: Scenario = {
  name: 'vpcs',
  async walk(api) {
    const shop = { name: 'shop', region: 'nyc3', description: 'sells', ip_range: '10.10.10.0/24' }
    const id = idOf(await api.post('/v2/vpcs', shop, 201), 'vpc.id')
    const path = `/v2/vpcs/${id}`
    await api.get('/v2/vpcs')
    await api.get(path)
    await api.put(path, { name: 'store', description: 'sells' })
    await api.patch(path, { name: 'shop' })
    const { id: droplet } = await activeDroplet(api)
    const home = idOf(await api.get(`/v2/droplets/${droplet}`), 'droplet.vpc_uuid')
    await api.get(`/v2/vpcs/${home}/members`)
    await api.get(`/v2/vpcs/${home}/members?resource_type=droplet`)
    await api.delete(`/v2/vpcs/${home}`, 403)
    await api.delete(path)
    await api.get(path, 404)
  },
}
