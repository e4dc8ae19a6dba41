import { idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

const rule = { entry_protocol: 'http', entry_port: 80, target_protocol: 'http', target_port: 8080 }
const other = { forwarding_rules: [{ ...rule, entry_port: 81 }] }

export const loadBalancers: Scenario = {
  name: 'load-balancers',
  async walk(api) {
    const droplet = Number((await activeDroplet(api)).id)
    const all = '/v2/load_balancers'
    const front = { name: 'front', region: 'fra1', forwarding_rules: [rule] }
    const asked = { ...front, droplet_ids: [droplet] }
    const id = idOf(await api.post(all, asked, 202), 'load_balancer.id')
    const path = `${all}/${id}`
    await api.get(path)
    await api.put(path, asked, 403)
    await api.wait(120)
    await api.get(path)
    await api.get(all)
    await api.put(path, { ...asked, name: 'back', size_unit: 2 })
    await api.post(`${path}/forwarding_rules`, other, 204)
    await api.delete(`${path}/forwarding_rules`, 204, other)
    await api.delete(`${path}/droplets`, 204, { droplet_ids: [droplet] })
    await api.post(`${path}/droplets`, { droplet_ids: [droplet] }, 204)
    await api.delete(path)
    await api.get(path, 404)
    await api.post(all, { ...front, tag: 'web' }, 202)
    const wide = { ...front, type: 'GLOBAL', droplet_ids: [] }
    const global = idOf(await api.post(all, wide, 202), 'load_balancer.id')
    await api.delete(`${all}/${global}/cache`)
  },
}
