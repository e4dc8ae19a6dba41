import { expect, test } from 'vitest'
import { bodies, minute, plan, SimulatedApi } from '../../test/simulated-api.ts'

const creations = { method: 'POST', path: '/v2/droplets' }

test('an error on the nth matching call, for so many calls', async () => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'error', status: 503, match: { path: '/v2/account' }, nth: 2, times: 2 })
  const statuses: number[] = []
  for (let count = 0; count < 4; count++) statuses.push(await api.status('GET', '/v2/account'))
  expect(statuses).toEqual([200, 503, 503, 200])
  expect(await api.status('GET', '/v2/regions')).toBe(200)
})

test('a fault by chance, the same requests for the same seed', async () => {
  const statuses = async (randomSeed: number) => {
    await using api = await SimulatedApi.start({ seed: { resources: 0, randomSeed } })
    await api.fault({ kind: 'error', status: 503, times: 'always', chance: 0.25 })
    const all: number[] = []
    for (let count = 0; count < 40; count++) all.push(await api.status('GET', '/v2/regions'))
    return all
  }
  const first = await statuses(1)
  const hit = first.filter((status) => status === 503).length
  expect(hit).toBeGreaterThan(2)
  expect(hit).toBeLessThan(20)
  expect(await statuses(1)).toEqual(first)
  expect(await statuses(2)).not.toEqual(first)
})

test('an error says what it is told to, or what its status says', async () => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'error', status: 500 })
  expect(await api.call('GET', '/v2/account')).toMatchObject({
    body: { id: 'internal_server_error' },
  })
  await api.fault({ kind: 'error', status: 504 })
  const page = await api.call('GET', '/v2/account')
  expect(page.headers.get('content-type')).toContain('text/html')
  await api.fault({
    kind: 'error',
    status: 422,
    body: { id: 'x', message: 'y' },
    headers: { 'retry-after': '7' },
  })
  const told = await api.call('GET', '/v2/account')
  expect(told.body).toEqual({ id: 'x', message: 'y' })
  expect(told.headers.get('retry-after')).toBe('7')
  expect(told.headers.get('ratelimit-limit')).toBe('5000')
})

test('an error after the change hides that the change was made', async () => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'error', status: 502, when: 'after', match: creations })
  expect(await api.status('POST', '/v2/droplets', plan)).toBe(502)
  expect(await api.names()).toEqual(['web-01'])
})

test('a page that fails', async () => {
  await using api = await SimulatedApi.start({ seed: { resources: 100 } })
  await api.fault({ kind: 'error', status: 500, match: { query: { page: '2' } }, times: 'always' })
  expect(await api.status('GET', '/v2/droplets?per_page=20')).toBe(200)
  expect(await api.status('GET', '/v2/droplets?page=2&per_page=20')).toBe(500)
  expect(await api.status('GET', '/v2/droplets?page=3&per_page=20')).toBe(200)
})

test('an answer lost after the change was made, and one cut in the middle', async () => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'lost', match: creations })
  await expect(api.call('POST', '/v2/droplets', plan)).rejects.toThrow()
  expect(await api.names()).toEqual(['web-01'])
  await api.fault({ kind: 'cut', match: creations })
  await expect(api.call('POST', '/v2/droplets', { ...plan, name: 'web-02' })).rejects.toThrow()
  expect(await api.names()).toEqual(['web-01', 'web-02'])
  const { requests } = await api.requests('?method=POST&path=/v2/droplets')
  expect(requests).toMatchObject([
    { status: null, applied: true, answered: false, faults: ['fault-1'] },
    { status: 202, applied: true, answered: false, faults: ['fault-2'] },
  ])
})

test('a connection refused before any change', async () => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'refused', match: creations })
  await expect(api.call('POST', '/v2/droplets', plan)).rejects.toThrow()
  expect(await api.names()).toEqual([])
  expect(await api.requests('?method=post')).toMatchObject({
    count: 1,
    requests: [{ applied: false, answered: false }],
  })
})

test('latency, by the clock', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.fault({ kind: 'latency', ms: 5_000, match: { path: '/v2/account' } })
  const slow = api.call('GET', '/v2/account')
  await api.call('GET', `/_simulator/faults/${id}/reached`)
  expect(api.clock.sleeping).toBe(1)
  api.clock.advance(5_000)
  expect((await slow).status).toBe(200)
})

test.each([
  ['before', []],
  ['after', ['web-01']],
])('a request held %s the change, until it is released', async (when, meanwhile) => {
  await using api = await SimulatedApi.start()
  const id = await api.fault({ kind: 'hold', when, match: creations })
  const held = api.call('POST', '/v2/droplets', plan)
  const reached = await api.call('GET', `/_simulator/faults/${id}/reached`)
  expect(bodies.fault.parse(reached.body).fault).toMatchObject({ held: 1, fired: 1 })
  expect(await api.names()).toEqual(meanwhile)
  const released = await api.call('POST', `/_simulator/faults/${id}/release`)
  expect(released).toMatchObject({ status: 200, body: { released: 1, fault: { held: 0 } } })
  expect((await held).status).toBe(202)
  expect(await api.names()).toEqual(['web-01'])
})

test('a held request can be dropped instead', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.fault({ kind: 'hold', when: 'before', match: creations })
  const held = api.call('POST', '/v2/droplets', plan).catch(() => 'cut off')
  await api.call('GET', `/_simulator/faults/${id}/reached`)
  await api.call('POST', `/_simulator/faults/${id}/release`, { outcome: 'drop' })
  expect(await held).toBe('cut off')
  expect(await api.names()).toEqual([])
})

test('an action is stuck until it is released, or errs', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const stuck = await api.fault({
    kind: 'stuck',
    match: { path: '/v2/droplets/*/actions', body: { type: 'power_off' } },
  })
  await api.done(droplet, { type: 'reboot' })
  const action = await api.done(droplet, { type: 'power_off' })
  expect(await api.action(action)).toMatchObject({ status: 'in-progress' })
  expect(await api.droplet(droplet)).toMatchObject({ locked: true, status: 'active' })
  expect(await api.call('POST', `/_simulator/faults/${stuck}/release`)).toMatchObject({
    body: { released: 1 },
  })
  expect(await api.action(action)).toMatchObject({ status: 'completed' })
  expect(await api.droplet(droplet)).toMatchObject({ locked: false, status: 'off' })
  await api.fault({ kind: 'errored' })
  const failed = await api.done(droplet, { type: 'power_on' })
  expect(await api.action(failed)).toMatchObject({ status: 'errored' })
  expect(await api.droplet(droplet)).toMatchObject({ locked: false, status: 'off' })
})

test('a stuck action can be ended without its fault', async () => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'stuck' })
  const { links } = await api.create()
  const id = links.actions[0]?.id
  api.clock.advance(60 * minute)
  expect(await api.call('POST', `/_simulator/actions/${id}`, { status: 'errored' })).toMatchObject({
    body: { action: { id, status: 'errored' } },
  })
  expect(await api.status('POST', `/_simulator/actions/${id}`, { status: 'errored' })).toBe(404)
})

test('a listing that lags', async () => {
  await using api = await SimulatedApi.start()
  await api.active({ name: 'old' })
  await api.create({ name: 'young' })
  const id = await api.fault({
    kind: 'lag',
    ms: 30_000,
    match: { path: '/v2/droplets' },
    times: 'always',
  })
  expect(await api.names()).toEqual(['old'])
  await api.call('DELETE', `/_simulator/faults/${id}`)
  expect(await api.names()).toEqual(['old', 'young'])
})

test('faults are looked at and removed, and a removed one holds nothing', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.fault({ kind: 'hold', match: { path: '/v2/account' } })
  const held = api.call('GET', '/v2/account')
  await api.call('GET', `/_simulator/faults/${id}/reached`)
  expect(await api.call('GET', '/_simulator/faults')).toMatchObject({
    body: { faults: [{ id, kind: 'hold', held: 1 }] },
  })
  expect(await api.status('DELETE', '/_simulator/faults')).toBe(204)
  expect((await held).status).toBe(200)
  expect(await api.status('GET', `/_simulator/faults/${id}`)).toBe(404)
  expect(await api.call('GET', '/_simulator/faults')).toMatchObject({ body: { faults: [] } })
})

test.each([
  [{ kind: 'explode' }],
  [{ kind: 'error' }],
  [{ kind: 'error', status: 200 }],
  [{ kind: 'lost', nth: 0 }],
  [{ kind: 'lost', chance: 0 }],
  [{ kind: 'lost', match: { path: 'v2' } }],
  [{ kind: 'lost', matches: {} }],
])('%j is no fault', async (order) => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', '/_simulator/faults', order)).toMatchObject({
    status: 422,
    body: { id: 'unprocessable_entity' },
  })
  expect(await api.status('POST', '/_simulator/faults', '{')).toBe(400)
})
