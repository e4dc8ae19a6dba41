import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { leaf, privateKey } from '../../../test/certificates.ts'
import { minute, SimulatedApi } from '../../../test/simulated-api.ts'

const one = z.object({ certificate: z.looseObject({ id: z.string() }) })
const balancer = z.object({ load_balancer: z.looseObject({ id: z.string() }) })
const own = { name: 'own', type: 'custom', leaf_certificate: leaf, private_key: privateKey }
const asked = { name: 'asked', type: 'lets_encrypt', dns_names: ['www.example.com'] }

function anotherKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

async function make(api: SimulatedApi, order: object): Promise<string> {
  return one.parse((await api.call('POST', '/v2/certificates', order)).body).certificate.id
}

async function show(api: SimulatedApi, id: string) {
  return (await api.read(one, `/v2/certificates/${id}`)).certificate
}

test("one's own certificate is read, and its key forgotten", async () => {
  await using api = await SimulatedApi.start()
  const answer = await api.call('POST', '/v2/certificates', { ...own, certificate_chain: leaf })
  expect(answer).toMatchObject({
    status: 201,
    body: {
      certificate: {
        name: 'own',
        type: 'custom',
        state: 'verified',
        dns_names: ['example.com', 'www.example.com'],
        sha1_fingerprint: '9d4bbfd553e35f574f3037b8a0c5d2609ec0b157',
        not_after: '2126-10-30T22:11:35Z',
        created_at: '2026-01-15T12:00:00Z',
      },
    },
  })
  const { id } = one.parse(answer.body).certificate
  expect(await api.call('GET', '/v2/certificates?name=own')).toMatchObject({
    body: { certificates: [{ id }], meta: { total: 1 } },
  })
  expect(await api.call('GET', '/v2/certificates?name=other')).toMatchObject({
    body: { certificates: [], meta: { total: 0 } },
  })
  expect(JSON.stringify(await show(api, id))).not.toContain('PRIVATE')
  expect(await api.status('DELETE', `/v2/certificates/${id}`)).toBe(204)
  expect(await api.status('GET', `/v2/certificates/${id}`)).toBe(404)
})

test.each([
  [{ name: '' }, "Name can't be blank"],
  [{ name: 'own' }, 'already been taken'],
  [{ leaf_certificate: 'none' }, 'Leaf certificate is invalid'],
  [{ private_key: 'none' }, 'Private key is invalid'],
  [{ private_key: anotherKey() }, 'does not match'],
  [{ certificate_chain: 'none' }, 'Certificate chain is invalid'],
  [{ ...asked, dns_names: [] }, "can't be blank"],
  [{ ...asked, dns_names: ['www.other.com'] }, 'not managed by DigitalOcean'],
  [{ ...asked, dns_names: ['notexample.com'] }, 'not managed by DigitalOcean'],
])('a certificate with %j is refused', async (changes, message) => {
  await using api = await SimulatedApi.start()
  await api.call('POST', '/v2/domains', { name: 'example.com' })
  await make(api, own)
  const order = { ...own, name: 'other', ...changes }
  expect(await api.call('POST', '/v2/certificates', order)).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining(message) },
  })
})

test('a certificate whose time is over is refused', async () => {
  await using api = await SimulatedApi.start()
  api.clock.advance(Date.UTC(2127, 0, 1) - api.clock.now())
  expect(await api.call('POST', '/v2/certificates', own)).toMatchObject({
    status: 422,
    body: { message: 'Leaf certificate has expired' },
  })
})

test("a certificate of Let's Encrypt is pending, then verified", async () => {
  await using api = await SimulatedApi.start()
  await api.call('POST', '/v2/domains', { name: 'example.com' })
  const id = await make(api, asked)
  expect(await show(api, id)).toMatchObject({
    state: 'pending',
    type: 'lets_encrypt',
    dns_names: ['www.example.com'],
    not_after: '2026-04-15T12:00:00Z',
    sha1_fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/),
  })
  api.clock.advance(minute)
  expect(await show(api, id)).toMatchObject({ state: 'verified' })
  await api.fault({ kind: 'errored', match: { path: '/v2/certificates' } })
  const failing = await make(api, { ...asked, name: 'failing' })
  api.clock.advance(minute)
  expect(await show(api, failing)).toMatchObject({ state: 'error' })
})

test('a certificate of a load balancer is not deleted', async () => {
  await using api = await SimulatedApi.start()
  const id = await make(api, own)
  const secure = { entry_protocol: 'https', entry_port: 443, certificate_id: id }
  const rule = { ...secure, target_protocol: 'http', target_port: 80 }
  const balancer = { name: 'web', region: 'fra1', forwarding_rules: [rule] }
  expect(await api.status('POST', '/v2/load_balancers', balancer)).toBe(202)
  expect(await api.call('DELETE', `/v2/certificates/${id}`)).toMatchObject({
    status: 403,
    body: { message: 'Make sure the certificate is not in use before deleting it' },
  })
})

test('a load balancer is not made, changed or added to with a certificate that there is not', async () => {
  await using api = await SimulatedApi.start()
  const id = await make(api, own)
  const http = { entry_protocol: 'http', entry_port: 80, target_protocol: 'http', target_port: 80 }
  const secure = { ...http, entry_protocol: 'https', entry_port: 443, certificate_id: id }
  const order = { name: 'web', region: 'fra1', forwarding_rules: [http, secure] }
  const wrong = { ...secure, certificate_id: 'none' }
  const refused = { status: 422, body: { message: 'certificate none does not exist' } }
  expect(
    await api.call('POST', '/v2/load_balancers', { ...order, forwarding_rules: [wrong] }),
  ).toMatchObject(refused)
  const made = await api.call('POST', '/v2/load_balancers', order)
  expect(made).toMatchObject({
    status: 202,
    body: { load_balancer: { forwarding_rules: [{ certificate_id: '' }, { certificate_id: id }] } },
  })
  api.clock.advance(2 * minute)
  const path = `/v2/load_balancers/${balancer.parse(made.body).load_balancer.id}`
  expect(await api.call('PUT', path, { ...order, forwarding_rules: [wrong] })).toMatchObject(
    refused,
  )
  expect(
    await api.call('POST', `${path}/forwarding_rules`, { forwarding_rules: [wrong] }),
  ).toMatchObject(refused)
  const worldwide = {
    name: 'all',
    type: 'GLOBAL',
    glb_settings: { target_protocol: 'http', target_port: 80 },
  }
  const domains = [{ name: 'example.com', certificate_id: 'none' }]
  expect(await api.call('POST', '/v2/load_balancers', { ...worldwide, domains })).toMatchObject(
    refused,
  )
  expect(await api.status('POST', '/v2/load_balancers', worldwide)).toBe(202)
})
