import { column, textOf } from '../client.ts'
import { times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const anywhere = '0.0.0.0/0'
const inbound = [{ protocol: 'tcp', ports: '22', sources: { addresses: [anywhere] } }]
const outbound = [{ protocol: 'udp', ports: '53', destinations: { addresses: [anywhere] } }]
const rules = { inbound_rules: inbound, outbound_rules: outbound }

/** What is put behind one is what changes: the Go client's tools and Python's have nothing else. */
export const firewalls: Kind = {
  name: 'firewalls',
  path: '/v2/firewalls',
  fill: (cloud, count) =>
    times(count, (index) =>
      cloud.ask('POST', '/v2/firewalls', { name: `wall-${index}`, ...rules }),
    ),
  prepare: (cloud) => cloud.droplet(),
  by: {
    dotsWrapper: {
      create: async (client) => {
        const order = { name: 'wall', ...rules, droplet_ids: [], tags: [] }
        return textOf(await client.call('firewall.createFirewall', order), 'firewall.id')
      },
      read: async (client, id) =>
        textOf(await client.call('firewall.getFirewall', { firewall_id: id }), 'firewall.name'),
      change: async (client, id) =>
        void (await client.call('firewall.updateFirewall', { id, name: 'renamed', ...rules })),
      remove: async (client, id) =>
        void (await client.call('firewall.deleteFirewall', { firewall_id: id })),
      list: (client) => client.list('firewall.listFirewalls', 'firewalls', 'id'),
    },
    godo: {
      create: async (client) => {
        const made = await client.call('firewall-create', {
          Name: 'wall',
          InboundProtocol: 'tcp',
          InboundPortRange: '22',
          InboundSource: anywhere,
          OutboundProtocol: 'udp',
          OutboundPortRange: '53',
          OutboundDestination: anywhere,
        })
        return textOf(made, 'id')
      },
      read: async (client, id) => textOf(await client.call('firewall-get', { ID: id }), 'status'),
      change: async (client, id, droplet) =>
        void (await client.call('firewall-add-droplets', {
          ID: id,
          DropletIDs: [Number(droplet)],
        })),
      remove: async (client, id) => void (await client.call('firewall-delete', { ID: id })),
      list: (client) => client.list('firewall-list', 'id'),
    },
    python: {
      create: async (client) =>
        textOf(await client.call('Firewall', { name: 'wall', ...rules }, ['create']), 'id'),
      read: async (client, id) => textOf(await client.manager(['get_firewall', id]), 'status'),
      change: async (client, id, droplet) =>
        void (await client.call('Firewall', { id }, ['add_droplets', [Number(droplet)]])),
      remove: async (client, id) => void (await client.call('Firewall', { id }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_firewalls']), 'id'),
    },
  },
}
