import type { Route } from '../http/route.ts'
import { accountRoutes } from './account.ts'
import { actionRoutes } from './actions/actions.ts'
import { autoscalePoolRoutes } from './autoscale/pools.ts'
import { balanceRoutes } from './billing/balance.ts'
import { cdnEndpointRoutes } from './cdn-endpoints/cdn-endpoints.ts'
import { certificateRoutes } from './certificates/certificates.ts'
import { databaseRoutes } from './databases/clusters.ts'
import { databaseContentRoutes } from './databases/contents.ts'
import { databaseReplicaRoutes } from './databases/replicas.ts'
import { databaseSettingRoutes } from './databases/settings.ts'
import { domainRecordRoutes } from './domains/domain-records.ts'
import { domainRoutes } from './domains/domains.ts'
import { associatedResourceRoutes } from './droplets/associated-resources.ts'
import { dropletActionRoutes } from './droplets/droplet-actions.ts'
import { dropletBackupRoutes } from './droplets/droplet-backups.ts'
import { dropletKernelRoutes } from './droplets/droplet-kernels.ts'
import { dropletNeighborRoutes } from './droplets/droplet-neighbors.ts'
import { dropletRoutes } from './droplets/droplets.ts'
import { firewallPartRoutes } from './firewalls/firewall-parts.ts'
import { firewallRoutes } from './firewalls/firewalls.ts'
import { imageActionRoutes } from './images/image-actions.ts'
import { imageRoutes } from './images/images.ts'
import { kubernetesRoutes } from './kubernetes/clusters.ts'
import { kubernetesPoolRoutes } from './kubernetes/pools.ts'
import { loadBalancerPartRoutes } from './load-balancers/load-balancer-parts.ts'
import { loadBalancerRoutes } from './load-balancers/load-balancers.ts'
import { projectRoutes } from './projects/projects.ts'
import { regionRoutes } from './regions.ts'
import { reservedIpRoutes } from './reserved-ips/reserved-ips.ts'
import { reservedIpv6Routes } from './reserved-ips/reserved-ipv6s.ts'
import { sizeRoutes } from './sizes.ts'
import { snapshotRoutes } from './snapshots/snapshots.ts'
import { sshKeyRoutes } from './ssh-keys/ssh-keys.ts'
import { tagRoutes } from './tags/tags.ts'
import { volumeActionRoutes } from './volumes/volume-actions.ts'
import { volumeSnapshotRoutes } from './volumes/volume-snapshots.ts'
import { volumeRoutes } from './volumes/volumes.ts'
import { vpcRoutes } from './vpcs/vpcs.ts'

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
