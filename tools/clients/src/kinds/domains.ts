import { column, textOf } from '../client.ts'
import { times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const order = { name: 'example.com', ip_address: '192.0.2.1' }
const record = { type: 'CNAME', name: 'www', data: 'other.example.com.' }

/** What is changed of a domain is its zone, by one record more. */
export const domains: Kind = {
  name: 'domains',
  path: '/v2/domains',
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', '/v2/domains', { name: `example-${index}.com` })),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('domain.createDomain', order), 'domain.name'),
      read: async (client, name) =>
        textOf(await client.call('domain.getDomain', { name }), 'domain.zone_file'),
      change: async (client, name) =>
        void (await client.call('domain.createDomainRecord', { domain_name: name, ...record })),
      remove: async (client, name) => void (await client.call('domain.deleteDomain', { name })),
      list: (client) => client.list('domain.listDomains', 'domains', 'name'),
    },
    godo: {
      create: async (client) => {
        const domain = { Name: order.name, IPAddress: order.ip_address }
        return textOf(await client.call('domain-create', domain), 'name')
      },
      read: async (client, name) =>
        textOf(await client.call('domain-get', { Name: name }), 'zone_file'),
      change: async (client, name) => {
        const { type, name: host, data } = record
        const wanted = { Domain: name, Type: type, Name: host, Data: data }
        await client.call('domain-record-create', wanted)
      },
      remove: async (client, name) => void (await client.call('domain-delete', { Name: name })),
      list: (client) => client.list('domain-list', 'name'),
    },
    python: {
      create: async (client) => {
        await client.call('Domain', order, ['create'])
        return order.name
      },
      read: async (client, name) => textOf(await client.manager(['get_domain', name]), 'zone_file'),
      change: async (client, name) =>
        void (await client.call('Record', { domain_name: name, ...record }, ['create'])),
      remove: async (client, name) => void (await client.call('Domain', { name }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_domains']), 'name'),
    },
  },
}
