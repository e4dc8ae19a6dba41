export { createClient, type DigitalOcean } from './client.ts'
export type { Clock } from './clock.ts'
export * from './errors.ts'
export type {
  AnsweredEvent,
  ErrorEvent,
  Hooks,
  Purpose,
  RequestEvent,
  RetryEvent,
  SentEvent,
} from './hooks.ts'
export type { RateLimit } from './limits/budget.ts'
export type { ClientOptions, Tokens } from './options.ts'
export type { Account, AccountResource } from './resources/account.ts'
export type { Action, ActionsResource } from './resources/actions.ts'
export type {
  AssociatedResource,
  AssociatedResources,
  AssociatedResourcesResource,
  DestructionSelection,
  DestructionStatus,
} from './resources/associated-resources.ts'
export type {
  AutoscaleEvent,
  AutoscaleMember,
  AutoscalePool,
  AutoscalePoolInput,
  AutoscalePoolListOptions,
  AutoscalePoolsResource,
} from './resources/autoscale-pools.ts'
export type { Balance, BalanceResource } from './resources/balance.ts'
export type {
  CdnEndpoint,
  CdnEndpointChange,
  CdnEndpointCreate,
  CdnEndpointsResource,
  CdnTtl,
} from './resources/cdn-endpoints.ts'
export type {
  Certificate,
  CertificateCreate,
  CertificateListOptions,
  CertificatesResource,
  CustomCertificateCreate,
  LetsEncryptCertificateCreate,
} from './resources/certificates.ts'
export type { Collection, ListOptions, Page } from './resources/collection.ts'
export type {
  Database,
  DatabaseBackup,
  DatabaseCreate,
  DatabaseEngineOptions,
  DatabaseFirewallRule,
  DatabaseMaintenance,
  DatabaseResize,
  DatabaseRule,
} from './resources/database.ts'
export type {
  DatabaseContents,
  DatabaseDb,
  DatabaseDbsResource,
  DatabasePool,
  DatabasePoolChange,
  DatabasePoolCreate,
  DatabasePoolsResource,
  DatabaseReplica,
  DatabaseReplicaCreate,
  DatabaseReplicasResource,
  DatabaseUser,
  DatabaseUserCreate,
  DatabaseUsersResource,
} from './resources/database-contents.ts'
export type { DatabaseListOptions, DatabasesResource } from './resources/databases.ts'
export type {
  DomainRecord,
  DomainRecordChange,
  DomainRecordCreate,
  DomainRecordListOptions,
  DomainRecordsResource,
  DomainRecordType,
} from './resources/domain-records.ts'
export type { Domain, DomainCreate, DomainsResource } from './resources/domains.ts'
export type { BackupPolicy, Droplet, DropletSnapshot } from './resources/droplet.ts'
export type {
  DropletActionsResource,
  DropletResize,
  EnableBackupsOptions,
} from './resources/droplet-actions.ts'
export type {
  CreatedDroplet,
  DropletCreate,
  DropletListOptions,
  DropletsResource,
} from './resources/droplets.ts'
export type {
  Firewall,
  FirewallRules,
  FirewallSpec,
  FirewallsResource,
  FirewallTarget,
  InboundRule,
  OutboundRule,
} from './resources/firewalls.ts'
export type { ImageReference } from './resources/image-reference.ts'
export type {
  Image,
  ImageChange,
  ImageImport,
  ImageListOptions,
  ImagesResource,
} from './resources/images.ts'
export type {
  KubernetesChange,
  KubernetesCluster,
  KubernetesCreate,
  KubernetesCredentials,
  KubernetesOptions,
  KubernetesResource,
  KubernetesVersion,
} from './resources/kubernetes.ts'
export type {
  ForwardingRule,
  HealthCheck,
  LoadBalancer,
  LoadBalancerSpec,
  LoadBalancersResource,
  StickySessions,
} from './resources/load-balancers.ts'
export type {
  NodePool,
  NodePoolChange,
  NodePoolCreate,
  NodePoolsResource,
} from './resources/node-pools.ts'
export type {
  Assignment,
  Environment,
  Project,
  ProjectChange,
  ProjectCreate,
  ProjectMember,
  ProjectsResource,
} from './resources/projects.ts'
export type { Region, RegionsResource } from './resources/regions.ts'
export type {
  AddressActions,
  CreatedReservedIp,
  ReservedIp,
  ReservedIpCreate,
  ReservedIpsResource,
} from './resources/reserved-ips.ts'
export type {
  ReservedIpv6,
  ReservedIpv6Create,
  ReservedIpv6sResource,
} from './resources/reserved-ipv6s.ts'
export type { Size, SizesResource } from './resources/sizes.ts'
export type { Snapshot, SnapshotListOptions, SnapshotsResource } from './resources/snapshots.ts'
export type { SshKey, SshKeyCreate, SshKeysResource } from './resources/ssh-keys.ts'
export type { Tag, TagCreate, TaggedResource, TagsResource } from './resources/tags.ts'
export type { VolumeActionsResource } from './resources/volume-actions.ts'
export type {
  Volume,
  VolumeCreate,
  VolumeListOptions,
  VolumeSnapshotCreate,
  VolumesResource,
} from './resources/volumes.ts'
export type {
  Vpc,
  VpcChange,
  VpcCreate,
  VpcMember,
  VpcMemberListOptions,
  VpcsResource,
} from './resources/vpcs.ts'
export type { RetryPolicy } from './transport/backoff.ts'
export type { CallOptions } from './transport/call.ts'
export type { RateLimits } from './transport/caller.ts'
