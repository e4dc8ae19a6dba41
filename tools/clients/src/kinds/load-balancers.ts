import { column, pick, textOf } from '../client.ts'
import { plan, times, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const { region } = plan
const forwarding_rules = [
  { entry_protocol: 'http', entry_port: 80, target_protocol: 'http', target_port: 8080 },
]
const front = { name: 'front', region, forwarding_rules }

/**
 * One has to be up before it is changed: clients wait for it. Two of them cannot be given rules from
 * here, and so list only.
 */
export const loadBalancers: Kind = {
  name: 'load balancers',
  path: '/v2/load_balancers',
  fill: (cloud, count) => times(count, () => cloud.ask('POST', '/v2/load_balancers', front)),
  by: {
    dotsWrapper: {
      create: async (client) => {
        const made = await client.call('loadBalancer.createLoadBalancer', front)
        const load_balancer_id = textOf(made, 'load_balancer.id')
        const answer = () => client.call('loadBalancer.getLoadBalancer', { load_balancer_id })
        await until(async () => pick(await answer(), 'load_balancer.status') === 'active')
        return load_balancer_id
      },
      read: async (client, id) => {
        const asked = { load_balancer_id: id }
        return textOf(
          await client.call('loadBalancer.getLoadBalancer', asked),
          'load_balancer.name',
        )
      },
      change: async (client, id) =>
        void (await client.call('loadBalancer.updateLoadBalancer', {
          ...front,
          load_balancer_id: id,
          name: 'renamed',
        })),
      remove: async (client, id) =>
        void (await client.call('loadBalancer.deleteLoadBalancer', { load_balancer_id: id })),
      list: (client) => client.list('loadBalancer.listLoadBalancers', 'load_balancers', 'id'),
    },
    godo: {
      list: (client) => client.list('lb-list', 'id'),
    },
    python: {
      list: async (client) => column(await client.manager(['get_all_load_balancers']), 'id'),
    },
  },
}
