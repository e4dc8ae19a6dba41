import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { plan, SimulatedApi } from '../../../test/simulated-api.ts'

/** Of a key pair made for this test; its fingerprint is what `ssh-keygen -l -E md5` says. */
const publicKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGpTuLvdv4yxWQuJ9Hn3YBRQ5vtBbQ+xDLRcoRYLYKB try@example'
const one = z.object({ ssh_key: z.object({ id: z.number(), fingerprint: z.string() }) })

/** A new one each time. */
function anotherKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const key = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)])
  return `ssh-ed25519 ${key.toString('base64')}`
}

async function make(api: SimulatedApi, changes: object = {}) {
  const order = { name: 'mine', public_key: publicKey, ...changes }
  return one.parse((await api.call('POST', '/v2/account/keys', order)).body).ssh_key
}

test('a key is found by its id and by its fingerprint, renamed and deleted by either', async () => {
  await using api = await SimulatedApi.start()
  const key = await make(api, { public_key: `${publicKey}\n` })
  const view = { ...key, name: 'mine', public_key: publicKey }
  const byId = `/v2/account/keys/${key.id}`
  const byFingerprint = `/v2/account/keys/${key.fingerprint}`
  expect(await api.call('GET', byId)).toMatchObject({ status: 200, body: { ssh_key: view } })
  expect(await api.call('GET', byFingerprint)).toMatchObject({ body: { ssh_key: view } })
  expect(await api.call('GET', '/v2/account/keys')).toMatchObject({
    body: { ssh_keys: [view], links: {}, meta: { total: 1 } },
  })
  expect(await api.call('PUT', byFingerprint, { name: 'ours' })).toMatchObject({
    status: 200,
    body: { ssh_key: { id: key.id, name: 'ours' } },
  })
  expect(await api.status('PUT', byId, { name: '' })).toBe(422)
  expect(await api.status('DELETE', byFingerprint)).toBe(204)
  expect(await api.status('DELETE', byId)).toBe(404)
})

const badType =
  "Key invalid type, we support 'ssh-rsa', 'ssh-dss', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', or 'ssh-ed25519'"
const bad = 'Key invalid, key should be of the format `type key [comment]`'

test.each([
  [{ public_key: publicKey }, 'SSH Key is already in use on your account'],
  [{ public_key: '---- BEGIN SSH2 PUBLIC KEY ----' }, badType],
  [{ public_key: 'ssh-rsa' }, bad],
  [{ public_key: publicKey.replace('ssh-ed25519', 'ssh-rsa') }, bad],
  [{ public_key: 'ssh-rsa %%%%' }, bad],
  [{ public_key: null }, bad],
  [{ name: '', public_key: anotherKey() }, "Name can't be blank"],
])('a key like %j is refused', async (changes, message) => {
  await using api = await SimulatedApi.start()
  await make(api)
  const order = { name: 'another', ...changes }
  expect(await api.call('POST', '/v2/account/keys', order)).toMatchObject({
    status: 422,
    body: { id: 'unprocessable_entity', message },
  })
})

test('a droplet is made with keys that there are', async () => {
  await using api = await SimulatedApi.start()
  const key = await make(api)
  const create = (keys: unknown) => api.call('POST', '/v2/droplets', { ...plan, ssh_keys: keys })
  for (const keys of [[key.id], [String(key.id)], [key.fingerprint], [], null]) {
    expect(await create(keys)).toMatchObject({ status: 202 })
  }
  expect(await create([key.id, 1])).toMatchObject({
    status: 422,
    body: { message: '1 are invalid key identifiers for Droplet creation.' },
  })
})
