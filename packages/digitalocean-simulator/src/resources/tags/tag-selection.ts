import type { Transaction } from '../../store/transaction.ts'
import { forgetFirewallTag } from '../firewalls/firewall-life.ts'
import { forgetLoadBalancerTag } from '../load-balancers/load-balancer-life.ts'

/** What each kind that selects droplets by tag does when a tag is deleted. A new one adds its line. */
const selections: readonly ((tx: Transaction, key: string) => void)[] = [
  forgetFirewallTag,
  forgetLoadBalancerTag,
]

/** @param key the tag in small letters */
export function forgetSelections(tx: Transaction, key: string): void {
  for (const forget of selections) forget(tx, key)
}
