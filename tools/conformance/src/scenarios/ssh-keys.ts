import { idOf, pick } from '../api.ts'
import { plan } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const key =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGpTuLvdv4yxWQuJ9Hn3YBRQ5vtBbQ+xDLRcoRYLYKB mine'

export const sshKeys: Scenario = {
  name: 'SSH keys',
  async walk(api) {
    const made = await api.post('/v2/account/keys', { name: 'mine', public_key: key }, 201)
    const id = idOf(made, 'ssh_key.id')
    const path = `/v2/account/keys/${id}`
    await api.get('/v2/account/keys')
    await api.get(path)
    await api.get(`/v2/account/keys/${pick(made, 'ssh_key.fingerprint')}`)
    await api.put(path, { name: 'ours' })
    await api.post('/v2/droplets', { name: 'web-01', ...plan, ssh_keys: [Number(id)] }, 202)
    await api.delete(path)
    await api.get(path, 404)
  },
}
