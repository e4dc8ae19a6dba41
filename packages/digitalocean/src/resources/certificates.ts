import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, type ListOptions, pageShape } from './collection.ts'

const certificate = z.looseObject({
  /** A UUID. Of one that Let's Encrypt renews it changes; the name stays. */
  id: z.string(),
  /** Unique in the account. */
  name: z.string(),
  /** `custom` or `lets_encrypt`. */
  type: z.string(),
  /** `pending`, `verified` or `error`. */
  state: z.string(),
  dns_names: z.array(z.string()).nullish(),
  /** RFC 3339. */
  not_after: z.string().nullish(),
  sha1_fingerprint: z.string().nullish(),
  created_at: z.string().nullish(),
})

/** A certificate for load balancers and CDN endpoints. */
export type Certificate = z.infer<typeof certificate>

export interface CertificateListOptions extends ListOptions {
  readonly name?: string | undefined
}

/** One that Let's Encrypt gives, and goes on renewing. */
export interface LetsEncryptCertificateCreate {
  readonly type: 'lets_encrypt'
  readonly name: string
  /** Each below a domain of the account. */
  readonly dns_names: readonly string[]
}

/** One's own, in PEM. */
export interface CustomCertificateCreate {
  readonly type: 'custom'
  readonly name: string
  readonly leaf_certificate: string
  /** Not in any event or error of this client. */
  readonly private_key: string
  readonly certificate_chain?: string | undefined
}

export type CertificateCreate = LetsEncryptCertificateCreate | CustomCertificateCreate

export interface CertificatesResource extends Collection<Certificate, CertificateListOptions> {
  get(id: string, options?: CallOptions): Promise<Certificate>
  /** One of Let's Encrypt is `pending` for a while: poll {@link get}. */
  create(input: CertificateCreate, options?: CallOptions): Promise<Certificate>
  /** `Forbidden` while something uses it. */
  delete(id: string, options?: CallOptions): Promise<void>
}

export function certificatesResource(caller: Caller): CertificatesResource {
  const schema = z.looseObject({ certificate })
  const certificates = collection(caller, {
    operation: 'certificates.list',
    path: ['certificates'],
    schema: z.looseObject({ certificates: z.array(certificate), ...pageShape }),
    items: (answer) => answer.certificates,
    filters: ({ name }: CertificateListOptions) => ({ name }),
  })
  return {
    ...certificates,
    get: async (id, { signal } = {}) => {
      const call = { operation: 'certificates.get', path: pathOf('certificates', id), signal }
      return (await caller.read({ ...call, schema })).value.certificate
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'certificates.create', path: pathOf('certificates'), signal }
      return (await caller.write({ ...call, method: 'POST', body: input, schema })).certificate
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'certificates.delete', path: pathOf('certificates', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
  }
}
