import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf, withQuery } from '../transport/path.ts'
import { type Collection, collection, wholeShape } from './collection.ts'

const node = z.looseObject({
  /** A UUID, and not the droplet's id. */
  id: z.string(),
  name: z.string(),
  /** `provisioning`, `running`, `draining` or `deleting`. */
  status: z.looseObject({ state: z.string() }),
  /** A number, as text. Empty while there is none. */
  droplet_id: z.string().nullish(),
})

export const nodePoolSchema = z.looseObject({
  /** A UUID. */
  id: z.string(),
  name: z.string(),
  size: z.string(),
  /** As many as there are to be. */
  count: z.int().nullish(),
  /** `k8s`, `k8s:<cluster>` and `k8s:worker` are among them. */
  tags: z.array(z.string()).nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  taints: z
    .array(z.looseObject({ key: z.string(), value: z.string(), effect: z.string() }))
    .nullish(),
  auto_scale: z.boolean().nullish(),
  min_nodes: z.int().nullish(),
  max_nodes: z.int().nullish(),
  nodes: z.array(node).nullish(),
})

/** So many droplets of one size in a Kubernetes cluster. */
export type NodePool = z.infer<typeof nodePoolSchema>

/** By the API's own names. What is left out stays. */
export interface NodePoolChange {
  readonly name?: string | undefined
  readonly count?: number | undefined
  readonly tags?: readonly string[] | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly taints?:
    | readonly { readonly key: string; readonly value: string; readonly effect: string }[]
    | undefined
  /** Lets the cluster choose the count between the two. */
  readonly auto_scale?: boolean | undefined
  readonly min_nodes?: number | undefined
  readonly max_nodes?: number | undefined
}

export interface NodePoolCreate extends NodePoolChange {
  /** Unique in the cluster. */
  readonly name: string
  readonly size: string
}

/** The pools of clusters, by the ids of both. */
export interface NodePoolsResource {
  of(clusterId: string): Collection<NodePool>
  get(clusterId: string, id: string, options?: CallOptions): Promise<NodePool>
  create(clusterId: string, input: NodePoolCreate, options?: CallOptions): Promise<NodePool>
  /** Nodes come and go in minutes; the newest go first. */
  update(
    clusterId: string,
    id: string,
    change: NodePoolChange & { readonly name: string },
    options?: CallOptions,
  ): Promise<NodePool>
  /** With its nodes. A cluster keeps one pool at least. */
  delete(clusterId: string, id: string, options?: CallOptions): Promise<void>
  /** One node, by its own id; another comes in its place if `replace` says so. */
  deleteNode(
    clusterId: string,
    id: string,
    nodeId: string,
    options?: CallOptions & { readonly replace?: boolean | undefined },
  ): Promise<void>
}

const oneAnswer = z.looseObject({ node_pool: nodePoolSchema })

export function nodePoolsResource(caller: Caller): NodePoolsResource {
  const at = (clusterId: string, ...path: string[]) =>
    pathOf('kubernetes', 'clusters', clusterId, 'node_pools', ...path)
  return {
    of: (clusterId) =>
      collection(caller, {
        operation: 'nodePools.of',
        path: ['kubernetes', 'clusters', clusterId, 'node_pools'],
        schema: z.looseObject({ node_pools: z.array(nodePoolSchema).nullish(), ...wholeShape }),
        items: (answer) => answer.node_pools ?? [],
      }),
    get: async (clusterId, id, { signal } = {}) => {
      const path = at(clusterId, id)
      const call = { operation: 'nodePools.get', path, signal, schema: oneAnswer }
      return (await caller.read(call)).value.node_pool
    },
    create: async (clusterId, input, { signal } = {}) => {
      const path = at(clusterId)
      const call = { operation: 'nodePools.create', path, signal, schema: oneAnswer }
      return (await caller.write({ ...call, method: 'POST', body: input })).node_pool
    },
    update: async (clusterId, id, change, { signal } = {}) => {
      const path = at(clusterId, id)
      const call = { operation: 'nodePools.update', path, signal, schema: oneAnswer }
      return (await caller.write({ ...call, method: 'PUT', body: change })).node_pool
    },
    delete: async (clusterId, id, { signal } = {}) => {
      const call = { operation: 'nodePools.delete', path: at(clusterId, id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    deleteNode: async (clusterId, id, nodeId, { signal, replace = false } = {}) => {
      const path = withQuery(at(clusterId, id, 'nodes', nodeId), { replace: replace ? 1 : 0 })
      await caller.command({ operation: 'nodePools.deleteNode', method: 'DELETE', path, signal })
    },
  }
}
