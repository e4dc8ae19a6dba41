import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf, withQuery } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'
import { type NodePoolCreate, nodePoolSchema } from './node-pools.ts'

const cluster = z.looseObject({
  /** A UUID. */
  id: z.string(),
  name: z.string(),
  region: z.string(),
  /** Such as `1.34.1-do.2`. */
  version: z.string(),
  /** `provisioning`, `running`, `upgrading`, `degraded`, `error`, `deleting` or `deleted`. */
  status: z.looseObject({ state: z.string(), message: z.string().nullish() }),
  node_pools: z.array(nodePoolSchema).nullish(),
  /** Empty before it runs. */
  endpoint: z.string().nullish(),
  ipv4: z.string().nullish(),
  vpc_uuid: z.string().nullish(),
  /** `k8s` and `k8s:<id>` are among them. */
  tags: z.array(z.string()).nullish(),
  auto_upgrade: z.boolean().nullish(),
  surge_upgrade: z.boolean().nullish(),
  ha: z.boolean().nullish(),
  maintenance_policy: z
    .looseObject({ start_time: z.string().nullish(), day: z.string().nullish() })
    .nullish(),
  /** RFC 3339. */
  created_at: z.string(),
  updated_at: z.string(),
})

/** A Kubernetes cluster. */
export type KubernetesCluster = z.infer<typeof cluster>

const version = z.looseObject({ slug: z.string(), kubernetes_version: z.string().nullish() })
const choice = z.looseObject({ name: z.string(), slug: z.string() })
const options = z.looseObject({
  versions: z.array(version).nullish(),
  regions: z.array(choice).nullish(),
  sizes: z.array(choice).nullish(),
})

export type KubernetesVersion = z.infer<typeof version>
/** What clusters can be had as. */
export type KubernetesOptions = z.infer<typeof options>

const credentials = z.looseObject({
  server: z.string(),
  /** PEM in base64. */
  certificate_authority_data: z.string().nullish(),
  /** A secret. */
  token: z.string(),
  /** RFC 3339. */
  expires_at: z.string(),
})

/** What to connect to a cluster with. Holds a secret. */
export type KubernetesCredentials = z.infer<typeof credentials>

/** What can be changed of a cluster. */
interface Changeable {
  readonly tags?: readonly string[] | undefined
  readonly maintenance_policy?:
    | { readonly start_time?: string | undefined; readonly day?: string | undefined }
    | undefined
  readonly auto_upgrade?: boolean | undefined
  readonly surge_upgrade?: boolean | undefined
  /** There is no way back. */
  readonly ha?: boolean | undefined
}

/** By the API's own names. */
export interface KubernetesCreate extends Changeable {
  readonly name: string
  readonly region: string
  /** A slug, a line such as `1.34` for the newest of it, or `latest`. */
  readonly version: string
  /** One at least. */
  readonly node_pools: readonly NodePoolCreate[]
  /** The region's default VPC without one. */
  readonly vpc_uuid?: string | undefined
}

export interface KubernetesChange extends Changeable {
  readonly name: string
}

export interface KubernetesResource extends Collection<KubernetesCluster> {
  options(options?: CallOptions): Promise<KubernetesOptions>
  get(id: string, options?: CallOptions): Promise<KubernetesCluster>
  /** Takes minutes. */
  create(input: KubernetesCreate, options?: CallOptions): Promise<KubernetesCluster>
  /** What is left out stays, but for the name, which is always said. */
  update(id: string, change: KubernetesChange, options?: CallOptions): Promise<KubernetesCluster>
  /** With its nodes; what was made from within it, such as load balancers, stays. */
  delete(id: string, options?: CallOptions): Promise<void>
  /** The versions it can be upgraded to. */
  upgrades(id: string, options?: CallOptions): Promise<KubernetesVersion[]>
  /** Takes minutes. There is no way back. */
  upgrade(id: string, to: { readonly version: string }, options?: CallOptions): Promise<void>
  /** Good for so many seconds; a week without. `Refused` before the cluster runs. */
  credentials(
    id: string,
    options?: CallOptions & { readonly expirySeconds?: number | undefined },
  ): Promise<KubernetesCredentials>
}

const oneAnswer = z.looseObject({ kubernetes_cluster: cluster })
const optionsAnswer = z.looseObject({ options })
const upgradesAnswer = z.looseObject({ available_upgrade_versions: z.array(version).nullish() })

export function kubernetesResource(caller: Caller): KubernetesResource {
  const clusters = collection(caller, {
    operation: 'kubernetes.list',
    path: ['kubernetes', 'clusters'],
    schema: z.looseObject({ kubernetes_clusters: z.array(cluster).nullish(), ...pageShape }),
    items: (answer) => answer.kubernetes_clusters ?? [],
  })
  const at = (...path: string[]) => pathOf('kubernetes', 'clusters', ...path)
  return {
    ...clusters,
    options: async ({ signal } = {}) => {
      const path = pathOf('kubernetes', 'options')
      const call = { operation: 'kubernetes.options', path, signal, schema: optionsAnswer }
      return (await caller.read(call)).value.options
    },
    get: async (id, { signal } = {}) => {
      const call = { operation: 'kubernetes.get', path: at(id), signal, schema: oneAnswer }
      return (await caller.read(call)).value.kubernetes_cluster
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'kubernetes.create', path: at(), signal, schema: oneAnswer }
      return (await caller.write({ ...call, method: 'POST', body: input })).kubernetes_cluster
    },
    update: async (id, change, { signal } = {}) => {
      const call = { operation: 'kubernetes.update', path: at(id), signal, schema: oneAnswer }
      return (await caller.write({ ...call, method: 'PUT', body: change })).kubernetes_cluster
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'kubernetes.delete', path: at(id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    upgrades: async (id, { signal } = {}) => {
      const call = { operation: 'kubernetes.upgrades', path: at(id, 'upgrades'), signal }
      const answer = await caller.read({ ...call, schema: upgradesAnswer })
      return answer.value.available_upgrade_versions ?? []
    },
    upgrade: async (id, to, { signal } = {}) => {
      const call = { operation: 'kubernetes.upgrade', path: at(id, 'upgrade'), signal }
      await caller.command({ ...call, method: 'POST', body: to })
    },
    credentials: async (id, { signal, expirySeconds } = {}) => {
      const path = withQuery(at(id, 'credentials'), { expiry_seconds: expirySeconds })
      const call = { operation: 'kubernetes.credentials', path, signal, schema: credentials }
      return (await caller.read(call)).value
    },
  }
}
