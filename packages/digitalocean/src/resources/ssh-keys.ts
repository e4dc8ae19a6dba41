import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const sshKey = z.looseObject({
  id: z.int(),
  /** Not unique. */
  name: z.string(),
  /** As OpenSSH writes it, in one line. */
  public_key: z.string(),
  /** MD5, in pairs of digits. No two keys of an account have the same. */
  fingerprint: z.string(),
})

/** A public key that droplets can be made with. */
export type SshKey = z.infer<typeof sshKey>

/** By the API's own names. */
export interface SshKeyCreate {
  readonly name: string
  /** As OpenSSH writes it, in one line: `type key [comment]`. */
  readonly public_key: string
}

export interface SshKeysResource extends Collection<SshKey> {
  get(idOrFingerprint: number | string, options?: CallOptions): Promise<SshKey>
  /** `Unprocessable` when the account has the same key already, this very call's perhaps. */
  create(input: SshKeyCreate, options?: CallOptions): Promise<SshKey>
  rename(
    idOrFingerprint: number | string,
    parameters: { readonly name: string },
    options?: CallOptions,
  ): Promise<SshKey>
  /** Droplets that were made with it go on letting it in. */
  delete(idOrFingerprint: number | string, options?: CallOptions): Promise<void>
}

export function sshKeysResource(caller: Caller): SshKeysResource {
  const schema = z.looseObject({ ssh_key: sshKey })
  const keys = collection(caller, {
    operation: 'sshKeys.list',
    path: ['account', 'keys'],
    schema: z.looseObject({ ssh_keys: z.array(sshKey), ...pageShape }),
    items: (answer) => answer.ssh_keys,
  })
  return {
    ...keys,
    get: async (key, { signal } = {}) => {
      const call = { operation: 'sshKeys.get', path: pathOf('account', 'keys', key), signal }
      return (await caller.read({ ...call, schema })).value.ssh_key
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'sshKeys.create', path: pathOf('account', 'keys'), signal }
      return (await caller.write({ ...call, method: 'POST', body: input, schema })).ssh_key
    },
    rename: async (key, { name }, { signal } = {}) => {
      const call = { operation: 'sshKeys.rename', path: pathOf('account', 'keys', key), signal }
      return (await caller.write({ ...call, method: 'PUT', body: { name }, schema })).ssh_key
    },
    delete: async (key, { signal } = {}) => {
      const call = { operation: 'sshKeys.delete', path: pathOf('account', 'keys', key), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
  }
}
