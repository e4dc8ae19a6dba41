import type { Kind } from '../kind.ts'
import { account } from './account.ts'
import { actions } from './actions.ts'
import { balance } from './balance.ts'
import { cdnEndpoints } from './cdn-endpoints.ts'
import { certificates } from './certificates.ts'
import {
  connectionPools,
  databaseFirewall,
  databaseReplicas,
  databases,
  databaseUsers,
} from './databases.ts'
import { domains } from './domains.ts'
import { droplets } from './droplets.ts'
import { firewalls } from './firewalls.ts'
import { images } from './images.ts'
import { kubernetes, nodePools } from './kubernetes.ts'
import { loadBalancers } from './load-balancers.ts'
import { projectResources } from './project-resources.ts'
import { projects } from './projects.ts'
import { regions } from './regions.ts'
import { floatingIps, reservedIps } from './reserved-ips.ts'
import { sizes } from './sizes.ts'
import { snapshots } from './snapshots.ts'
import { sshKeys } from './ssh-keys.ts'
import { tags } from './tags.ts'
import { volumes } from './volumes.ts'
import { vpcs } from './vpcs.ts'

/** Every kind. A new one adds its file and its line here. */
export const kinds: readonly Kind[] = [
  account,
  regions,
  sizes,
  images,
  droplets,
  actions,
  snapshots,
  tags,
  projects,
  projectResources,
  databases,
  databaseUsers,
  databaseFirewall,
  connectionPools,
  databaseReplicas,
  kubernetes,
  nodePools,
  balance,
  vpcs,
  firewalls,
  reservedIps,
  floatingIps,
  loadBalancers,
  volumes,
  sshKeys,
  domains,
  certificates,
  cdnEndpoints,
]
