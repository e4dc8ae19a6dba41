import { act, activeDroplet, snapshotOf } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const dropletActions: Scenario = {
  name: 'droplet actions',
  async walk(api) {
    const { path } = await activeDroplet(api, { tags: ['web'] })
    const snapshot = Number(await snapshotOf(api, path, 'before'))
    for (const order of [
      { type: 'reboot' },
      { type: 'power_cycle' },
      { type: 'password_reset' },
      { type: 'rename', name: 'web-02' },
      { type: 'enable_ipv6' },
      { type: 'enable_backups', backup_policy: { plan: 'weekly', weekday: 'MON', hour: 4 } },
      { type: 'change_backup_policy', backup_policy: { plan: 'daily', hour: 20 } },
      { type: 'disable_backups' },
      { type: 'change_kernel', kernel: 7515 },
      { type: 'rebuild', image: 'ubuntu-24-04-x64' },
      { type: 'restore', image: snapshot },
      { type: 'shutdown' },
      { type: 'resize', size: 's-2vcpu-4gb', disk: true },
      { type: 'power_on' },
      { type: 'power_off' },
    ]) {
      await act(api, path, order)
    }
    await api.post('/v2/droplets/actions?tag_name=web', { type: 'power_on' }, 201)
    await api.post(`${path}/actions`, { type: 'reboot' }, 422)
    await api.wait(60)
    await api.get(path)
  },
}
