import { column, pick, textOf } from '../client.ts'
import { plan, times, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const { region } = plan

/** Whether an answer tells of a droplet that the address leads to. */
function led(answer: unknown, path: string): string {
  return pick(answer, path) ? 'led' : 'free'
}

export const reservedIps: Kind = {
  name: 'reserved IPs',
  path: '/v2/reserved_ips',
  prepare: (cloud) => cloud.droplet(),
  by: {
    godo: {
      create: async (client) =>
        textOf(await client.call('reserved-ip-reserve', { Region: region, Type: 'ipv4' }), 'ip'),
      read: async (client, ip) =>
        led(await client.call('reserved-ip-get', { IP: ip }), 'droplet.id'),
      change: async (client, ip, droplet) => {
        const order = { IP: ip, DropletID: Number(droplet), Type: 'ipv4' }
        await client.call('reserved-ip-assign', order)
        const answer = () => client.call('reserved-ip-get', { IP: ip })
        await until(async () => led(await answer(), 'droplet.id') === 'led')
      },
      remove: async (client, ip) =>
        void (await client.call('reserved-ip-release', { IP: ip, Type: 'ipv4' })),
    },
  },
}

/** The same addresses by their old name: some clients know no other. */
export const floatingIps: Kind = {
  name: 'floating IPs',
  path: '/v2/floating_ips',
  fill: (cloud, count) => times(count, () => cloud.ask('POST', '/v2/floating_ips', { region })),
  prepare: (cloud) => cloud.droplet(),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('floatingIp.createFloatingIp', { region }), 'floating_ip.ip'),
      read: async (client, ip) =>
        led(await client.call('floatingIp.getFloatingIp', { ip }), 'floating_ip.droplet.id'),
      change: async (client, ip, droplet) => {
        const order = { ip, droplet_id: Number(droplet) }
        const begun = await client.call('floatingIp.assignIpToDroplet', order)
        const asked = { ip, action_id: pick(begun, 'action.id') }
        const action = () => client.call('floatingIp.getFloatingIpAction', asked)
        await until(async () => pick(await action(), 'action.status') === 'completed')
      },
      remove: async (client, ip) => void (await client.call('floatingIp.deleteFloatingIp', { ip })),
      list: (client) => client.list('floatingIp.listFloatingIps', 'floating_ips', 'ip'),
    },
    python: {
      create: async (client) =>
        textOf(await client.call('FloatingIP', { region_slug: region }, ['reserve']), 'ip'),
      read: async (client, ip) => led(await client.manager(['get_floating_ip', ip]), 'droplet.id'),
      change: async (client, ip, droplet) => {
        await client.call('FloatingIP', { ip }, ['assign', Number(droplet)])
        const answer = () => client.manager(['get_floating_ip', ip])
        await until(async () => led(await answer(), 'droplet.id') === 'led')
      },
      remove: async (client, ip) => void (await client.call('FloatingIP', { ip }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_floating_ips']), 'ip'),
    },
  },
}
