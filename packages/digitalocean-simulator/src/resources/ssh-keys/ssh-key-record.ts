import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Table } from '../../store/table.ts'

const sshKeyRecord = z.object({
  id: z.number(),
  name: z.string(),
  publicKey: z.string(),
  fingerprint: z.string(),
  createdMs: z.number(),
})

export type SshKeyRecord = Readonly<z.infer<typeof sshKeyRecord>>

export function sshKeyTable() {
  return new Table<SshKeyRecord, 'fingerprint'>({
    name: 'ssh-keys',
    schema: sshKeyRecord,
    key: (row) => String(row.id),
    indexes: { fingerprint: (row) => [row.fingerprint] },
  })
}

/** A public key as OpenSSH writes it in one line: `type key [comment]`. */
export interface PublicKey {
  readonly type: string
  /** MD5 of the key, in pairs of digits, as `ssh-keygen -E md5` shows it. */
  readonly fingerprint: string
}

/** What a public key says; undefined when it is none. */
export function readPublicKey(text: string): PublicKey | undefined {
  const [type = '', encoded = ''] = text.trim().split(/\s+/)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined
  const key = Buffer.from(encoded, 'base64')
  // The key repeats its type, after that one's length in four bytes.
  const length = key.length > 4 ? key.readUInt32BE(0) : 0
  if (key.toString('latin1', 4, 4 + length) !== type) return undefined
  const digest = createHash('md5').update(key).digest('hex')
  return { type, fingerprint: (digest.match(/../g) ?? []).join(':') }
}
