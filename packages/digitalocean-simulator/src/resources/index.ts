import type { Route } from '../http/route.ts'
import { accountRoutes } from './account.ts'
import { actionRoutes } from './actions.ts'
import { associatedResourceRoutes } from './associated-resources.ts'
import { autoscalePoolRoutes } from './autoscale/pools.ts'
import { balanceRoutes } from './billing/balance.ts'
import { cdnEndpointRoutes } from './cdn-endpoints.ts'
import { certificateRoutes } from './certificates.ts'
import { databaseRoutes } from './databases/clusters.ts'
import { databaseContentRoutes } from './databases/contents.ts'
import { databaseReplicaRoutes } from './databases/replicas.ts'
import { databaseSettingRoutes } from './databases/settings.ts'
import { domainRecordRoutes } from './domain-records.ts'
import { domainRoutes } from './domains.ts'
import { dropletActionRoutes } from './droplet-actions.ts'
import { dropletBackupRoutes } from './droplet-backups.ts'
import { dropletKernelRoutes } from './droplet-kernels.ts'
import { dropletNeighborRoutes } from './droplet-neighbors.ts'
import { dropletRoutes } from './droplets.ts'
import { firewallPartRoutes } from './firewall-parts.ts'
import { firewallRoutes } from './firewalls.ts'
import { imageActionRoutes } from './image-actions.ts'
import { imageRoutes } from './images.ts'
import { kubernetesRoutes } from './kubernetes/clusters.ts'
import { kubernetesPoolRoutes } from './kubernetes/pools.ts'
import { loadBalancerPartRoutes } from './load-balancer-parts.ts'
import { loadBalancerRoutes } from './load-balancers.ts'
import { projectRoutes } from './projects.ts'
import { regionRoutes } from './regions.ts'
import { reservedIpRoutes } from './reserved-ips.ts'
import { reservedIpv6Routes } from './reserved-ipv6s.ts'
import { sizeRoutes } from './sizes.ts'
import { snapshotRoutes } from './snapshots.ts'
import { sshKeyRoutes } from './ssh-keys.ts'
import { tagRoutes } from './tags.ts'
import { volumeActionRoutes } from './volume-actions.ts'
import { volumeSnapshotRoutes } from './volume-snapshots.ts'
import { volumeRoutes } from './volumes.ts'
import { vpcRoutes } from './vpcs.ts'

/** Every operation that is simulated. A new resource adds its line here. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...regionRoutes,
  ...sizeRoutes,
  ...imageRoutes,
  ...autoscalePoolRoutes,
  ...imageActionRoutes,
  ...dropletRoutes,
  ...dropletActionRoutes,
  ...dropletBackupRoutes,
  ...dropletKernelRoutes,
  ...actionRoutes,
  ...snapshotRoutes,
  ...tagRoutes,
  ...projectRoutes,
  ...databaseRoutes,
  ...databaseSettingRoutes,
  ...databaseContentRoutes,
  ...databaseReplicaRoutes,
  ...kubernetesRoutes,
  ...kubernetesPoolRoutes,
  ...balanceRoutes,
  ...volumeRoutes,
  ...volumeActionRoutes,
  ...volumeSnapshotRoutes,
  ...vpcRoutes,
  ...dropletNeighborRoutes,
  ...firewallRoutes,
  ...firewallPartRoutes,
  ...reservedIpRoutes,
  ...reservedIpv6Routes,
  ...loadBalancerRoutes,
  ...loadBalancerPartRoutes,
  ...sshKeyRoutes,
  ...domainRoutes,
  ...domainRecordRoutes,
  ...certificateRoutes,
  ...cdnEndpointRoutes,
  ...associatedResourceRoutes,
]
