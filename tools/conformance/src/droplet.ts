import { type Api, idOf } from './api.ts'

export const plan = { region: 'fra1', size: 's-1vcpu-2gb', image: 'debian-13-x64' }

/** A droplet that is up. @returns its path and id */
export async function activeDroplet(api: Api, changes: object = {}) {
  const made = await api.post('/v2/droplets', { name: 'web-01', ...plan, ...changes }, 202)
  await api.wait(60)
  const id = idOf(made, 'droplet.id')
  return { id, path: `/v2/droplets/${id}`, created: made }
}

/** Does something to a droplet and waits until it is done. @returns the action's id */
export async function act(api: Api, path: string, order: object): Promise<string> {
  const begun = await api.post(`${path}/actions`, order, 201)
  await api.wait(120)
  return idOf(begun, 'action.id')
}

/** A snapshot of a droplet. @returns its id */
export async function snapshotOf(api: Api, path: string, name: string): Promise<string> {
  await act(api, path, { type: 'snapshot', name })
  return idOf(await api.get(`${path}/snapshots`), 'snapshots.0.id')
}
