import { expect, test } from 'vitest'
import { bodies, minute, plan, SimulatedApi } from '../../test/simulated-api.ts'

const grants = [
  { token: 'reader', scopes: 'read' as const },
  { token: 'writer', scopes: 'write' as const },
  {
    token: 'narrow',
    scopes: ['droplet:read' as const, 'droplet:update' as const, 'droplet:create' as const],
  },
]

test('without a token, or with an unknown one, nobody is let in', async () => {
  await using api = await SimulatedApi.start({ tokens: grants })
  const refusal = {
    id: 'Unauthorized',
    message: 'Unable to authenticate you',
    request_id: expect.any(String),
  }
  for (const token of [null, 'stranger']) {
    const refused = await api.call('GET', '/v2/account', undefined, token)
    expect(refused).toMatchObject({ status: 401, body: refusal })
  }
})

test('a token that only reads may not write', async () => {
  await using api = await SimulatedApi.start({ tokens: grants })
  expect((await api.call('GET', '/v2/droplets', undefined, 'reader')).status).toBe(200)
  expect(await api.call('POST', '/v2/droplets', plan, 'reader')).toMatchObject({
    status: 403,
    body: { id: 'Forbidden', message: 'You are not authorized to perform this operation' },
  })
  expect((await api.call('POST', '/v2/droplets', plan, 'writer')).status).toBe(202)
})

test('fields are hidden from a token that lacks their scope', async () => {
  await using api = await SimulatedApi.start({ tokens: grants })
  const made = await api.call('POST', '/v2/droplets', { ...plan, tags: ['a'] }, 'writer')
  const { id } = bodies.created.parse(made.body).droplet
  const { body } = await api.call('GET', `/v2/droplets/${id}`, undefined, 'narrow')
  for (const field of ['tags', 'vpc_uuid', 'image', 'snapshot_ids', 'volume_ids']) {
    expect(body).not.toHaveProperty(`droplet.${field}`)
    expect(made.body).toHaveProperty(`droplet.${field}`)
  }
})

test('what a request uses besides has its own scopes', async () => {
  await using api = await SimulatedApi.start({ tokens: grants })
  const status = async (method: string, path: string, body?: unknown) =>
    (await api.call(method, path, body, 'narrow')).status
  expect(await status('POST', '/v2/droplets', { ...plan, tags: ['a'] })).toBe(403)
  expect(await status('GET', '/v2/droplets?tag_name=a')).toBe(403)
  const made = await api.call('POST', '/v2/droplets', plan, 'narrow')
  const { id } = bodies.created.parse(made.body).droplet
  api.clock.advance(minute)
  expect(await status('POST', `/v2/droplets/${id}/actions`, { type: 'snapshot' })).toBe(403)
  expect(await status('POST', `/v2/droplets/${id}/actions`, { type: 'reboot' })).toBe(201)
})

test('limits are per token, with their headers; the control routes do not count', async () => {
  await using api = await SimulatedApi.start({ rateLimits: { perHour: 100, perMinute: 2 } })
  for (let count = 0; count < 5; count++) await api.call('GET', '/_simulator/health')
  const first = await api.call('GET', '/v2/account')
  expect(first.headers.get('ratelimit-limit')).toBe('100')
  expect(first.headers.get('ratelimit-remaining')).toBe('99')
  expect(Number(first.headers.get('ratelimit-reset'))).toBe((api.clock.now() + 60 * minute) / 1000)
  await api.call('GET', '/v2/account')
  const refused = await api.call('GET', '/v2/account')
  expect(refused).toMatchObject({
    status: 429,
    body: { id: 'too_many_requests', message: 'API Rate limit exceeded.' },
  })
  expect(refused.headers.get('retry-after')).toBe('60')
  expect((await api.call('GET', '/v2/account', undefined, 'other')).status).toBe(200)
  api.clock.advance(minute)
  expect(await api.status('GET', '/v2/account')).toBe(200)
})

test('what is not simulated is not found, and logged as such', async () => {
  const warnings: string[] = []
  const log = {
    info: () => undefined,
    error: () => undefined,
    warn: (text: string) => warnings.push(text),
  }
  await using api = await SimulatedApi.start({ log })
  expect(await api.call('GET', '/v2/apps')).toMatchObject({
    status: 404,
    body: { id: 'not_found' },
  })
  expect(await api.status('PATCH', '/v2/droplets')).toBe(404)
  expect(warnings).toEqual(['not simulated: GET /v2/apps', 'not simulated: PATCH /v2/droplets'])
  const { requests } = await api.requests('?path=/v2/apps')
  expect(requests).toEqual([
    expect.objectContaining({ simulated: false, status: 404, applied: false }),
  ])
})

test('every answer has a request id of its own', async () => {
  await using api = await SimulatedApi.start()
  const [one, other] = [await api.call('GET', '/v2/account'), await api.call('GET', '/v2/nothing')]
  expect(one.headers.get('x-request-id')).not.toBe(other.headers.get('x-request-id'))
  expect(bodies.refusal.parse(other.body).request_id).toBe(other.headers.get('x-request-id'))
})
