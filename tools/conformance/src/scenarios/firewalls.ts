import { idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

const addresses = ['0.0.0.0/0', '::/0']
const inbound = [{ protocol: 'tcp', ports: '22', sources: { addresses } }]
const outbound = [{ protocol: 'icmp', ports: '0', destinations: { addresses } }]

export const firewalls: Scenario = {
  name: 'firewalls',
  async walk(api) {
    const { id: droplet } = await activeDroplet(api)
    await api.post('/v2/tags', { name: 'web' }, 201)
    const wall = { name: 'wall', inbound_rules: inbound, outbound_rules: outbound }
    const id = idOf(await api.post('/v2/firewalls', wall, 202), 'firewall.id')
    const path = `/v2/firewalls/${id}`
    await api.post(`${path}/droplets`, { droplet_ids: [Number(droplet)] }, 204)
    await api.post(`${path}/tags`, { tags: ['web'] }, 204)
    await api.get(path)
    await api.get('/v2/firewalls')
    await api.get(`/v2/droplets/${droplet}/firewalls`)
    await api.wait(60)
    await api.delete(`${path}/rules`, 204, { outbound_rules: outbound })
    await api.post(`${path}/rules`, { outbound_rules: outbound }, 204)
    await api.delete(`${path}/tags`, 204, { tags: ['web'] })
    await api.delete(`${path}/droplets`, 204, { droplet_ids: [Number(droplet)] })
    await api.put(path, { ...wall, name: 'other', droplet_ids: [], tags: [] })
    await api.post('/v2/firewalls', { ...wall, name: 'other' }, 409)
    await api.delete(path)
    await api.get(path, 404)
  },
}
