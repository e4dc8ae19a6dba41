import type { Scenario } from '../scenario.ts'
import { account } from './account.ts'
import { actions } from './actions.ts'
import { catalog } from './catalog.ts'
import { dropletActions } from './droplet-actions.ts'
import { droplets } from './droplets.ts'
import { firewalls } from './firewalls.ts'
import { images } from './images.ts'
import { loadBalancers } from './load-balancers.ts'
import { neighbors } from './neighbors.ts'
import { reservedIps } from './reserved-ips.ts'
import { snapshots } from './snapshots.ts'
import { tags } from './tags.ts'
import { vpcs } from './vpcs.ts'

/** Every scenario. A new kind adds its file and its line here. */
export const scenarios: readonly Scenario[] = [
  account,
  catalog,
  images,
  droplets,
  dropletActions,
  actions,
  snapshots,
  tags,
  vpcs,
  neighbors,
  firewalls,
  reservedIps,
  loadBalancers,
]
