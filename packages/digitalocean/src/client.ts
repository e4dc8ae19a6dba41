import { type ClientOptions, settingsOf } from './options.ts'
import { type AccountResource, accountResource } from './resources/account.ts'
import { type ActionsResource, actionsResource } from './resources/actions.ts'
import {
  type AssociatedResourcesResource,
  associatedResourcesResource,
} from './resources/associated-resources.ts'
import { type AutoscalePoolsResource, autoscalePoolsResource } from './resources/autoscale-pools.ts'
import { type BalanceResource, balanceResource } from './resources/balance.ts'
import { type CdnEndpointsResource, cdnEndpointsResource } from './resources/cdn-endpoints.ts'
import { type CertificatesResource, certificatesResource } from './resources/certificates.ts'
import {
  type DatabaseDbsResource,
  type DatabasePoolsResource,
  type DatabaseReplicasResource,
  type DatabaseUsersResource,
  databaseDbsResource,
  databasePoolsResource,
  databaseReplicasResource,
  databaseUsersResource,
} from './resources/database-contents.ts'
import { type DatabasesResource, databasesResource } from './resources/databases.ts'
import { type DomainRecordsResource, domainRecordsResource } from './resources/domain-records.ts'
import { type DomainsResource, domainsResource } from './resources/domains.ts'
import { type DropletActionsResource, dropletActionsResource } from './resources/droplet-actions.ts'
import { type DropletsResource, dropletsResource } from './resources/droplets.ts'
import { type FirewallsResource, firewallsResource } from './resources/firewalls.ts'
import { type ImagesResource, imagesResource } from './resources/images.ts'
import { type KubernetesResource, kubernetesResource } from './resources/kubernetes.ts'
import { type LoadBalancersResource, loadBalancersResource } from './resources/load-balancers.ts'
import { type NodePoolsResource, nodePoolsResource } from './resources/node-pools.ts'
import { type ProjectsResource, projectsResource } from './resources/projects.ts'
import { type RegionsResource, regionsResource } from './resources/regions.ts'
import {
  floatingIpsResource,
  type ReservedIpsResource,
  reservedIpsResource,
} from './resources/reserved-ips.ts'
import { type ReservedIpv6sResource, reservedIpv6sResource } from './resources/reserved-ipv6s.ts'
import { type SizesResource, sizesResource } from './resources/sizes.ts'
import { type SnapshotsResource, snapshotsResource } from './resources/snapshots.ts'
import { type SshKeysResource, sshKeysResource } from './resources/ssh-keys.ts'
import { type TagsResource, tagsResource } from './resources/tags.ts'
import { type VolumeActionsResource, volumeActionsResource } from './resources/volume-actions.ts'
import { type VolumesResource, volumesResource } from './resources/volumes.ts'
import { type VpcsResource, vpcsResource } from './resources/vpcs.ts'
import { Caller, type RateLimits } from './transport/caller.ts'

/** The DigitalOcean API. Every method rejects with `DigitalOceanError`, and with nothing else. */
export interface DigitalOcean {
  readonly account: AccountResource
  readonly regions: RegionsResource
  readonly sizes: SizesResource
  readonly images: ImagesResource
  readonly droplets: DropletsResource
  readonly dropletActions: DropletActionsResource
  readonly actions: ActionsResource
  readonly snapshots: SnapshotsResource
  readonly tags: TagsResource
  readonly volumes: VolumesResource
  readonly volumeActions: VolumeActionsResource
  readonly sshKeys: SshKeysResource
  readonly domains: DomainsResource
  readonly domainRecords: DomainRecordsResource
  readonly certificates: CertificatesResource
  readonly cdnEndpoints: CdnEndpointsResource
  readonly associatedResources: AssociatedResourcesResource
  readonly projects: ProjectsResource
  readonly databases: DatabasesResource
  readonly databaseUsers: DatabaseUsersResource
  readonly databaseDbs: DatabaseDbsResource
  readonly databasePools: DatabasePoolsResource
  readonly databaseReplicas: DatabaseReplicasResource
  readonly kubernetes: KubernetesResource
  readonly nodePools: NodePoolsResource
  readonly autoscalePools: AutoscalePoolsResource
  readonly balance: BalanceResource
  readonly vpcs: VpcsResource
  readonly firewalls: FirewallsResource
  readonly loadBalancers: LoadBalancersResource
  readonly reservedIps: ReservedIpsResource
  readonly reservedIpv6s: ReservedIpv6sResource
  /** Reserved IPs of version 4 by their old name: the same addresses. */
  readonly floatingIps: ReservedIpsResource
  /** What is known of each token's hourly limit, less what was sent since it was told. */
  rateLimits(): RateLimits
}

/**
 * A client, with a queue for each token. One a process is enough, and two would not know of each
 * other's requests.
 *
 * @throws InvalidRequest when an option cannot be used
 */
export function createClient(options: ClientOptions): DigitalOcean {
  const caller = new Caller(settingsOf(options))
  return {
    account: accountResource(caller),
    regions: regionsResource(caller),
    sizes: sizesResource(caller),
    images: imagesResource(caller),
    droplets: dropletsResource(caller),
    dropletActions: dropletActionsResource(caller),
    actions: actionsResource(caller),
    snapshots: snapshotsResource(caller),
    tags: tagsResource(caller),
    volumes: volumesResource(caller),
    volumeActions: volumeActionsResource(caller),
    sshKeys: sshKeysResource(caller),
    domains: domainsResource(caller),
    domainRecords: domainRecordsResource(caller),
    certificates: certificatesResource(caller),
    cdnEndpoints: cdnEndpointsResource(caller),
    associatedResources: associatedResourcesResource(caller),
    projects: projectsResource(caller),
    databases: databasesResource(caller),
    databaseUsers: databaseUsersResource(caller),
    databaseDbs: databaseDbsResource(caller),
    databasePools: databasePoolsResource(caller),
    databaseReplicas: databaseReplicasResource(caller),
    kubernetes: kubernetesResource(caller),
    nodePools: nodePoolsResource(caller),
    autoscalePools: autoscalePoolsResource(caller),
    balance: balanceResource(caller),
    vpcs: vpcsResource(caller),
    firewalls: firewallsResource(caller),
    loadBalancers: loadBalancersResource(caller),
    reservedIps: reservedIpsResource(caller),
    reservedIpv6s: reservedIpv6sResource(caller),
    floatingIps: floatingIpsResource(caller),
    rateLimits: () => caller.rateLimits(),
  }
}
