import { type Api, idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const reservedIps: Scenario = {
  name: 'reserved-ips',
  async walk(api) {
    const { id } = await activeDroplet(api, { ipv6: true })
    const droplet = Number(id)
    await walkVersion4(api, 'reserved_ip', droplet)
    await walkVersion4(api, 'floating_ip', droplet)
    await walkVersion6(api, droplet)
  },
}

/** The same addresses under either name. */
async function walkVersion4(api: Api, name: string, droplet: number): Promise<void> {
  const all = `/v2/${name}s`
  const ip = idOf(await api.post(all, { region: 'fra1' }, 202), `${name}.ip`)
  const path = `${all}/${ip}`
  const order = { type: 'assign', droplet_id: droplet }
  const action = idOf(await api.post(`${path}/actions`, order, 201), 'action.id')
  await api.get(`${path}/actions/${action}`)
  await api.post(`${path}/actions`, { type: 'unassign' }, 422)
  await api.wait(30)
  await api.get(path)
  await api.get(all)
  await api.get(`${path}/actions`)
  await api.post(`${path}/actions`, { type: 'unassign' }, 201)
  await api.wait(30)
  await api.delete(path)
  await api.get(path, 404)
  const led = idOf(await api.post(all, { droplet_id: droplet }, 202), `${name}.ip`)
  await api.wait(30)
  await api.delete(`${all}/${led}`)
}

async function walkVersion6(api: Api, droplet: number): Promise<void> {
  const all = '/v2/reserved_ipv6'
  const ip = idOf(await api.post(all, { region_slug: 'fra1' }, 201), 'reserved_ipv6.ip')
  const path = `${all}/${ip}`
  await api.post(`${path}/actions`, { type: 'assign', droplet_id: droplet }, 201)
  await api.wait(30)
  await api.get(path)
  await api.get(all)
  await api.delete(path, 422)
  await api.post(`${path}/actions`, { type: 'unassign' }, 201)
  await api.wait(30)
  await api.delete(path)
  await api.get(path, 404)
}
