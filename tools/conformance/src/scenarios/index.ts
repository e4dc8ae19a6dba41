import type { Scenario } from '../scenario.ts'
import { account } from './account.ts'
import { actions } from './actions.ts'
import { associatedResources } from './associated-resources.ts'
import { autoscalePools } from './autoscale-pools.ts'
import { balance } from './balance.ts'
import { catalog } from './catalog.ts'
import { databaseContents, databaseReplicas, databaseSettings, databases } from './databases.ts'
import { delivery } from './delivery.ts'
import { domains } from './domains.ts'
import { dropletActions } from './droplet-actions.ts'
import { droplets } from './droplets.ts'
import { firewalls } from './firewalls.ts'
import { customImages, images } from './images.ts'
import { kubernetes, kubernetesEnds, kubernetesPools } from './kubernetes.ts'
import { loadBalancers } from './load-balancers.ts'
import { neighbors } from './neighbors.ts'
import { ownClient } from './own-client.ts'
import { projects } from './projects.ts'
import { reservedIps } from './reserved-ips.ts'
import { snapshots } from './snapshots.ts'
import { sshKeys } from './ssh-keys.ts'
import { tags } from './tags.ts'
import { volumeSnapshots, volumes } from './volumes.ts'
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
  projects,
  databases,
  databaseContents,
  databaseSettings,
  databaseReplicas,
  kubernetes,
  kubernetesPools,
  kubernetesEnds,
  autoscalePools,
  balance,
  volumes,
  volumeSnapshots,
  sshKeys,
  domains,
  customImages,
  delivery,
  associatedResources,
  vpcs,
  neighbors,
  firewalls,
  reservedIps,
  loadBalancers,
  ownClient,
]
