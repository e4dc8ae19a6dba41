import type { World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { leaveFirewalls } from '../firewalls/firewall-life.ts'
import { leaveLoadBalancers } from '../load-balancers/load-balancer-life.ts'
import { leaveAddresses } from '../reserved-ips/reserved-ip-life.ts'
import { drawLag } from '../snapshots/snapshot-life.ts'
import { detachVolumes } from '../volumes/volume-life.ts'
import { forgetBackups } from './backup-life.ts'
import type { DropletRecord } from './droplet-record.ts'

/** What one kind of resource does when a droplet that it had to do with is destroyed. */
type Departure = (tx: Transaction, world: World, droplet: DropletRecord, atMs: number) => void

/** What each kind does; of the others none takes notice. A new kind adds its line here. */
const departures: readonly Departure[] = [
  (tx, _world, droplet) => detachVolumes(tx, droplet.id),
  leaveFirewalls,
  leaveAddresses,
  leaveLoadBalancers,
  (tx, _world, droplet, atMs) => forgetBackups(tx, droplet, atMs),
]

/** Gone by id at once; listings go on showing it for some seconds. */
export function forgetDroplet(
  tx: Transaction,
  world: World,
  droplet: DropletRecord,
  atMs: number,
): void {
  for (const depart of departures) depart(tx, world, droplet, atMs)
  const current = tx.tables.droplets.get(droplet.id) ?? droplet
  const lag = drawLag(world, world.lag.list, 'destroyed', droplet.id)
  tx.put(tx.tables.droplets, { ...current, deletedMs: atMs, unlistedMs: atMs + lag })
}
