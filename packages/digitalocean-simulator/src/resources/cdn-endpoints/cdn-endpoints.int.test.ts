import { expect, test } from 'vitest'
import { z } from 'zod'
import { leaf, privateKey } from '../../../test/certificates.ts'
import { SimulatedApi } from '../../../test/simulated-api.ts'

const path = '/v2/cdn/endpoints'
const origin = 'assets.fra1.digitaloceanspaces.com'
const one = z.object({ endpoint: z.looseObject({ id: z.string() }) })
const order = { name: 'own', type: 'custom', leaf_certificate: leaf, private_key: privateKey }

async function certificate(api: SimulatedApi): Promise<string> {
  const { body } = await api.call('POST', '/v2/certificates', order)
  return z.object({ certificate: z.object({ id: z.string() }) }).parse(body).certificate.id
}

test('an endpoint is made for a Space, changed, purged and deleted', async () => {
  await using api = await SimulatedApi.start()
  const answer = await api.call('POST', path, { origin, ttl: 0 })
  expect(answer).toMatchObject({ status: 201 })
  const { endpoint } = one.parse(answer.body)
  expect(endpoint).toEqual({
    id: endpoint.id,
    origin,
    endpoint: 'assets.fra1.cdn.digitaloceanspaces.com',
    ttl: 3600,
    created_at: '2026-01-15T12:00:00Z',
  })
  expect(await api.call('GET', path)).toMatchObject({ body: { endpoints: [endpoint] } })
  const own = `${path}/${endpoint.id}`
  expect(await api.call('PUT', own, { ttl: 60 })).toMatchObject({ body: { endpoint: { ttl: 60 } } })
  expect(await api.call('GET', own)).toMatchObject({ body: { endpoint: { ttl: 60 } } })
  expect(await api.status('DELETE', `${own}/cache`, { files: ['*'] })).toBe(204)
  expect(await api.requests(`?method=DELETE&path=${own}/cache`)).toMatchObject({
    requests: [{ applied: true }],
  })
  expect(await api.status('DELETE', `${own}/cache`, { files: [] })).toBe(422)
  expect(await api.status('DELETE', own)).toBe(204)
  expect(await api.status('GET', own)).toBe(404)
  expect(await api.status('DELETE', `${own}/cache`, { files: ['*'] })).toBe(404)
})

test('an endpoint has a domain with its certificate, which stays as long as it is used', async () => {
  await using api = await SimulatedApi.start()
  const id = await certificate(api)
  const named = { certificate_id: id, custom_domain: 'static.example.com' }
  const { body } = await api.call('POST', path, { origin, ...named })
  const { endpoint } = one.parse(body)
  expect(endpoint).toMatchObject(named)
  expect(await api.call('DELETE', `/v2/certificates/${id}`)).toMatchObject({
    status: 403,
    body: { message: 'Make sure the certificate is not in use before deleting it' },
  })
  const own = `${path}/${endpoint.id}`
  expect(await api.call('PUT', own, { ttl: 600 })).toMatchObject({ body: { endpoint: named } })
  const none = { certificate_id: '', custom_domain: '' }
  const cleared = one.parse((await api.call('PUT', own, none)).body).endpoint
  expect(cleared).not.toHaveProperty('custom_domain')
  expect(await api.status('DELETE', `/v2/certificates/${id}`)).toBe(204)
  const managed = { certificate_id: 'needs-cloudflare-cert', custom_domain: 'a.example.com' }
  expect(await api.call('PUT', own, managed)).toMatchObject({ body: { endpoint: managed } })
})

test.each([
  [{ origin: 'example.com' }, 422],
  [{ origin: '' }, 422],
  [{ ttl: 61 }, 422],
  [{ custom_domain: 'static.example.com' }, 422],
  [{ custom_domain: 'static.example.com', certificate_id: 'none' }, 422],
  [{ custom_domain: 'no host', certificate_id: 'needs-cloudflare-cert' }, 422],
  [{}, 409],
])('an endpoint with %j is refused', async (changes, status) => {
  await using api = await SimulatedApi.start()
  await api.call('POST', path, { origin })
  const other = 'origin' in changes || status === 409 ? origin : `other-${origin}`
  expect(await api.status('POST', path, { origin: other, ...changes })).toBe(status)
})
