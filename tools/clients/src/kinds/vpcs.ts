import { column, textOf } from '../client.ts'
import { plan, times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const { region } = plan

export const vpcs: Kind = {
  name: 'VPCs',
  path: '/v2/vpcs',
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', '/v2/vpcs', { name: `net-${index}`, region })),
  by: {
    dotsWrapper: {
      create: async (client) => {
        const order = { name: 'net', region, ip_range: '10.10.10.0/24' }
        return textOf(await client.call('vpc.createVpc', order), 'vpc.id')
      },
      read: async (client, id) =>
        textOf(await client.call('vpc.getVpc', { vpc_id: id }), 'vpc.name'),
      change: async (client, id) =>
        void (await client.call('vpc.updateVpc', { vpc_id: id, name: 'renamed' })),
      remove: async (client, id) => void (await client.call('vpc.deleteVpc', { vpc_id: id })),
      list: (client) => client.list('vpc.listVpcs', 'vpcs', 'id'),
    },
    godo: {
      create: async (client) =>
        textOf(await client.call('vpc-create', { Name: 'net', Region: region }), 'id'),
      read: async (client, id) => textOf(await client.call('vpc-get', { ID: id }), 'name'),
      remove: async (client, id) => void (await client.call('vpc-delete', { ID: id })),
      list: (client) => client.list('vpc-list', 'id'),
    },
    python: {
      create: async (client) =>
        textOf(await client.call('VPC', { name: 'net', region }, ['create']), 'id'),
      read: async (client, id) => textOf(await client.manager(['get_vpc', id]), 'name'),
      change: async (client, id) => void (await client.call('VPC', { id }, ['rename', 'renamed'])),
      remove: async (client, id) => void (await client.call('VPC', { id }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_vpcs']), 'id'),
    },
  },
}
