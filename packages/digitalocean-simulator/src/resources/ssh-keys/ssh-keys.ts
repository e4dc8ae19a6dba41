import { z } from 'zod'
import { notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { drawId } from '../droplets/droplet-life.ts'
import { readPublicKey, type SshKeyRecord } from './ssh-key-record.ts'

const creation = z.object({ name: z.string().nullish(), public_key: z.string().nullish() })
const update = z.object({ name: z.string().nullish() })

const types = [
  'ssh-rsa',
  'ssh-dss',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-ed25519',
]

/** Public keys that droplets are made with; each is found by its id or by its fingerprint. */
export const sshKeyRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/account/keys', scopes: ['ssh_key:read'], handle: list },
  { method: 'POST', path: '/v2/account/keys', scopes: ['ssh_key:create'], handle: create },
  { method: 'GET', path: '/v2/account/keys/:key', scopes: ['ssh_key:read'], handle: show },
  { method: 'PUT', path: '/v2/account/keys/:key', scopes: ['ssh_key:update'], handle: rename },
  { method: 'DELETE', path: '/v2/account/keys/:key', scopes: ['ssh_key:delete'], handle: remove },
]

function list(call: Call) {
  return listingOf(call, 'ssh_keys', call.tx.tables.sshKeys.rows(), view)
}

function show(call: Call) {
  return { status: 200, body: { ssh_key: view(asked(call)) } }
}

function create(call: Call) {
  const { tx, world, now } = call
  const { name, public_key } = parseBody(creation, call.body)
  const publicKey = (public_key ?? '').trim()
  const fingerprint = checkKey(publicKey)
  if (tx.tables.sshKeys.find('fingerprint', fingerprint).length > 0) {
    throw unprocessable('SSH Key is already in use on your account')
  }
  const id = drawId(world, 'ssh-key', tx.next('ssh-key'))
  const row = { id, name: checkName(name), publicKey, fingerprint, createdMs: now }
  return { status: 201, body: { ssh_key: view(tx.put(tx.tables.sshKeys, row)) } }
}

function checkName(name: string | null | undefined): string {
  if (!name?.trim()) throw unprocessable("Name can't be blank")
  return name
}

/** @returns the fingerprint */
function checkKey(text: string): string {
  if (text.split(/\s+/).length < 2) {
    throw unprocessable('Key invalid, key should be of the format `type key [comment]`')
  }
  const [type = ''] = text.split(/\s+/)
  if (!types.includes(type)) {
    const quoted = types.map((each) => `'${each}'`)
    throw unprocessable(
      `Key invalid type, we support ${quoted.slice(0, -1).join(', ')}, or ${quoted.at(-1)}`,
    )
  }
  const key = readPublicKey(text)
  if (!key) throw unprocessable('Key invalid, key should be of the format `type key [comment]`')
  return key.fingerprint
}

function rename(call: Call) {
  const key = asked(call)
  const { name } = parseBody(update, call.body)
  const changed = { ...key, name: checkName(name) }
  return { status: 200, body: { ssh_key: view(call.tx.put(call.tx.tables.sshKeys, changed)) } }
}

function remove(call: Call) {
  call.tx.remove(call.tx.tables.sshKeys, asked(call).id)
  return { status: 204 }
}

function asked(call: Call): SshKeyRecord {
  const key = findSshKey(call.tx, call.params['key'] ?? '')
  if (!key) throw notFound()
  return key
}

/** The key with this id or fingerprint. */
function findSshKey(tx: Transaction, key: string | number): SshKeyRecord | undefined {
  const { sshKeys } = tx.tables
  return sshKeys.get(key) ?? sshKeys.find('fingerprint', key)[0]
}

/** @throws ApiError 422 naming those keys that a droplet cannot be made with, for there are none */
export function checkSshKeys(tx: Transaction, keys: readonly (string | number)[]): void {
  const unknown = keys.filter((key) => !findSshKey(tx, key))
  if (unknown.length > 0) {
    const message = `${unknown.join(', ')} are invalid key identifiers for Droplet creation.`
    throw unprocessable(message)
  }
}

function view(key: SshKeyRecord) {
  return {
    id: key.id,
    public_key: key.publicKey,
    name: key.name,
    fingerprint: key.fingerprint,
  }
}
