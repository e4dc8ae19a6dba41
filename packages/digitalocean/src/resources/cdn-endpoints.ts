import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const endpoint = z.looseObject({
  /** A UUID. */
  id: z.string(),
  /** The address of the Space. */
  origin: z.string(),
  /** The address under which it is delivered. */
  endpoint: z.string(),
  /** Seconds. */
  ttl: z.int(),
  /** Absent without a domain of one's own. */
  certificate_id: z.string().nullish(),
  custom_domain: z.string().nullish(),
  created_at: z.string().nullish(),
})

/** The content delivery of a Space. */
export type CdnEndpoint = z.infer<typeof endpoint>

/** Seconds that content is kept. */
export type CdnTtl = 60 | 600 | 3600 | 86400 | 604800

/** What can be changed, by the API's own names. What is left out stays. */
export interface CdnEndpointChange {
  /** 3600 without one. */
  readonly ttl?: CdnTtl | undefined
  /** With `custom_domain`; both as empty text take them away. */
  readonly certificate_id?: string | undefined
  readonly custom_domain?: string | undefined
}

export interface CdnEndpointCreate extends CdnEndpointChange {
  /** The address of a Space, such as `name.fra1.digitaloceanspaces.com`. */
  readonly origin: string
}

export interface CdnEndpointsResource extends Collection<CdnEndpoint> {
  get(id: string, options?: CallOptions): Promise<CdnEndpoint>
  create(input: CdnEndpointCreate, options?: CallOptions): Promise<CdnEndpoint>
  update(id: string, change: CdnEndpointChange, options?: CallOptions): Promise<CdnEndpoint>
  delete(id: string, options?: CallOptions): Promise<void>
  /** Forgets what is kept of these files; paths may end in `*`, which alone means all. */
  purge(id: string, files: readonly string[], options?: CallOptions): Promise<void>
}

export function cdnEndpointsResource(caller: Caller): CdnEndpointsResource {
  const schema = z.looseObject({ endpoint })
  const endpoints = collection(caller, {
    operation: 'cdnEndpoints.list',
    path: ['cdn', 'endpoints'],
    schema: z.looseObject({ endpoints: z.array(endpoint), ...pageShape }),
    items: (answer) => answer.endpoints,
  })
  return {
    ...endpoints,
    get: async (id, { signal } = {}) => {
      const call = { operation: 'cdnEndpoints.get', path: pathOf('cdn', 'endpoints', id), signal }
      return (await caller.read({ ...call, schema })).value.endpoint
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'cdnEndpoints.create', path: pathOf('cdn', 'endpoints'), signal }
      return (await caller.write({ ...call, method: 'POST', body: input, schema })).endpoint
    },
    update: async (id, change, { signal } = {}) => {
      const path = pathOf('cdn', 'endpoints', id)
      const call = { operation: 'cdnEndpoints.update', path, schema, signal }
      return (await caller.write({ ...call, method: 'PUT', body: change })).endpoint
    },
    delete: async (id, { signal } = {}) => {
      const path = pathOf('cdn', 'endpoints', id)
      await caller.command({ operation: 'cdnEndpoints.delete', path, method: 'DELETE', signal })
    },
    purge: async (id, files, { signal } = {}) => {
      const path = pathOf('cdn', 'endpoints', id, 'cache')
      const call = { operation: 'cdnEndpoints.purge', method: 'DELETE', path, signal } as const
      await caller.command({ ...call, body: { files } })
    },
  }
}
