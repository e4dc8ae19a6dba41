import { idOf } from '../api.ts'
import { plan } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'
import { key } from './ssh-keys.ts'

const all = '/v2/droplets/autoscale'

export const autoscalePools: Scenario = {
  name: 'autoscale pools',
  async walk(api) {
    const made = await api.post('/v2/account/keys', { name: 'mine', public_key: key }, 201)
    const template = { ...plan, ssh_keys: [idOf(made, 'ssh_key.id')], tags: ['web'] }
    const fixed = { target_number_instances: 2 }
    const pool = { name: 'web', config: fixed, droplet_template: template }
    const path = `${all}/${idOf(await api.post(all, pool, 202), 'autoscale_pool.id')}`
    const other = `${all}/${idOf(await api.post(all, pool, 202), 'autoscale_pool.id')}`
    await api.wait(60)
    await api.get(all)
    await api.get(`${all}?name=web`)
    await api.get(path)
    const config = { min_instances: 1, max_instances: 3, target_cpu_utilization: 0.5 }
    await api.put(path, { ...pool, config })
    await api.get(`${path}/members`)
    await api.get(`${path}/history`)
    await api.delete(path, 202)
    await api.delete(`${other}/dangerous`, 202, undefined, { 'x-dangerous': 'true' })
    await api.wait(60)
    await api.get(path, 404)
  },
}
