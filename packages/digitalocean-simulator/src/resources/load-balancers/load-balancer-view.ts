import { regionIndex } from '../../catalog/regions.ts'
import type { Call } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { projectOf } from '../projects/project-membership.ts'
import { regionViewOf } from '../regions.ts'
import { formatAddress } from '../vpcs/ip-range.ts'
import { addressIn, findVpc } from '../vpcs/vpc-life.ts'
import { balanced, statusOf } from './load-balancer-life.ts'
import type { LoadBalancerRecord } from './load-balancer-record.ts'
import { sizeField } from './load-balancer-settings.ts'

/** A load balancer as the API writes it. It has no address before it is up. */
export function loadBalancerView(call: Call, balancer: LoadBalancerRecord) {
  const { glb_settings, domains, target_load_balancer_ids, ...settings } = balancer.settings
  const status = statusOf(balancer, call.now)
  const global = { domains, target_load_balancer_ids, ...(glb_settings && { glb_settings }) }
  return {
    id: balancer.id,
    ...settings,
    ...sizeField(settings.size_unit),
    ...addresses(call, balancer, status === 'active'),
    status,
    created_at: timestamp(balancer.createdMs),
    ...(balancer.region === null ? {} : { region: regionViewOf(balancer.region) }),
    tag: balancer.tag,
    droplet_ids: balanced(call.tx, balancer),
    ...(balancer.vpc === null ? {} : { vpc_uuid: balancer.vpc }),
    ...(call.access.can('project:read')
      ? { project_id: projectOf(call.tx, `do:loadbalancer:${balancer.id}`) }
      : {}),
    type: balancer.type,
    network: balancer.network,
    network_stack: balancer.networkStack,
    ...(balancer.type === 'GLOBAL' ? global : {}),
  }
}

/** Public ones out of RFC 6598's range, apart from reserved IPs, and RFC 3849's: nobody's. */
function addresses(call: Call, balancer: LoadBalancerRecord, up: boolean) {
  const { ordinal, region, vpc, vpcAddress } = balancer
  if (!up) return { ip: '' }
  if (vpc !== null && vpcAddress !== null) {
    return { ip: addressIn(findVpc(call.tx, vpc), vpcAddress).ip_address }
  }
  const ip = formatAddress((100 * 256 + 96) * 2 ** 16 + ordinal)
  if (balancer.networkStack === 'IPV4') return { ip }
  const place = (regionIndex(region ?? '') + 1).toString(16)
  return { ip, ipv6: `2001:db8:fffe:${place}::${ordinal.toString(16)}` }
}
