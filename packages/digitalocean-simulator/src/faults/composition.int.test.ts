import { expect, test } from 'vitest'
import { bodies, plan, SimulatedApi } from '../../test/simulated-api.ts'

const creations = { method: 'POST', path: '/v2/droplets' }

test('several effects of one fault hit the same request, in their order', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.fault({
    kind: 'several',
    effects: [{ kind: 'latency', ms: 5_000 }, { kind: 'errored' }, { kind: 'lost' }],
    match: creations,
    nth: 2,
  })
  expect((await api.create({ name: 'fine' })).droplet.name).toBe('fine')
  const lost = api.call('POST', '/v2/droplets', plan).catch(() => 'lost')
  await api.call('GET', `/_simulator/faults/${id}/reached`)
  expect(await api.names()).toEqual(['fine'])
  api.clock.advance(5_000)
  expect(await lost).toBe('lost')
  expect(await api.names()).toEqual(['fine', 'web-01'])
  api.clock.advance(60_000)
  const { actions } = await api.read(bodies.actions, '/v2/actions')
  expect(actions.map(({ status }) => status)).toEqual(['errored', 'completed'])
})

test('an answer is late though the change is made', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.fault({ kind: 'latency', ms: 5_000, when: 'after', match: creations })
  const slow = api.call('POST', '/v2/droplets', plan)
  await api.call('GET', `/_simulator/faults/${id}/reached`)
  await expect.poll(() => api.clock.sleeping).toBe(1)
  expect(await api.names()).toEqual(['web-01'])
  api.clock.advance(5_000)
  expect((await slow).status).toBe(202)
})

test('an answer stalls in the middle until it is released', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.fault({ kind: 'stall', match: { path: '/v2/account' } })
  const headers = { authorization: 'Bearer secret' }
  const answer = await fetch(`${api.url}/v2/account`, { headers })
  expect(answer.status).toBe(200)
  const reader = answer.body?.getReader()
  const first = (await reader?.read())?.value ?? new Uint8Array()
  expect(first.length * 2).toBeLessThanOrEqual(Number(answer.headers.get('content-length')))
  expect((await api.requests('')).requests).toMatchObject([{ answered: false }])
  await api.call('POST', `/_simulator/faults/${id}/release`)
  const rest = (await reader?.read())?.value ?? new Uint8Array()
  const text = Buffer.concat([first, rest]).toString()
  expect(JSON.parse(text)).toMatchObject({ account: { status: 'active' } })
})

test('a stalled answer can be dropped instead, and one without a body does not stall', async () => {
  await using api = await SimulatedApi.start()
  await api.call('POST', '/v2/tags', { name: 'a' })
  const id = await api.fault({ kind: 'stall', times: 'always', match: { path: '/v2/tags/**' } })
  expect(await api.status('DELETE', '/v2/tags/a')).toBe(204)
  const stalled = api.call('GET', '/v2/tags').catch(() => 'cut off')
  await expect
    .poll(() => api.call('GET', `/_simulator/faults/${id}`))
    .toMatchObject({ body: { fault: { held: 1 } } })
  await api.call('POST', `/_simulator/faults/${id}/release`, { outcome: 'drop' })
  expect(await stalled).toBe('cut off')
})

test.each([
  ['truncated', 'text'],
  ['html', 'text'],
  ['empty', 'nothing'],
])('an answer that is %s', async (how, kind) => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'corrupt', how })
  const answer = await api.call('GET', '/v2/account')
  expect(answer.status).toBe(200)
  expect(answer.body === null ? 'nothing' : 'text').toBe(kind)
  expect(await api.call('GET', '/v2/account')).toMatchObject({ body: { account: {} } })
})

test.each([
  ['gaps', ['b']],
  ['repeats', ['a', 'a', 'b', 'b']],
])('a page with %s, whose total says that all is well', async (how, names) => {
  await using api = await SimulatedApi.start()
  for (const name of ['a', 'b', 'c']) await api.active({ name })
  await api.fault({ kind: 'corrupt', how })
  const page = await api.read(bodies.droplets, '/v2/droplets?per_page=2')
  expect(page.droplets.map(({ name }) => name)).toEqual(names)
  expect(page.meta.total).toBe(3)
})

test('pages that do not come to an end', async () => {
  await using api = await SimulatedApi.start()
  await api.active()
  await api.fault({ kind: 'corrupt', how: 'endless' })
  const { links } = await api.read(bodies.droplets, '/v2/droplets?page=1')
  expect(links.pages?.['next']).toBe(`${api.url}/v2/droplets?page=1`)
})

test('a refusal is not corrupted', async () => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'corrupt', how: 'empty' })
  expect(await api.call('GET', '/v2/droplets/1')).toMatchObject({ body: { id: 'not_found' } })
})

test('a stale listing repeats itself, address by address, until the fault is removed', async () => {
  await using api = await SimulatedApi.start()
  const kept = await api.active({ name: 'old' })
  const id = await api.fault({ kind: 'stale', match: { path: '/v2/droplets' } })
  expect(await api.names()).toEqual(['old'])
  await api.call('DELETE', `/_simulator/droplets/${kept}`)
  await api.active({ name: 'new' })
  expect(await api.names()).toEqual(['old'])
  expect(await api.names('?per_page=200')).toEqual(['new'])
  expect(await api.status('GET', `/v2/droplets/${kept}`)).toBe(404)
  await api.call('DELETE', `/_simulator/faults/${id}`)
  expect(await api.names()).toEqual(['new'])
})

test.each([
  [{ kind: 'several', effects: [] }],
  [{ kind: 'several', effects: [{ kind: 'lost', nth: 2 }] }],
  [{ kind: 'several', effects: [{ kind: 'several', effects: [{ kind: 'lost' }] }] }],
  [{ kind: 'corrupt', how: 'somehow' }],
])('%j is no fault', async (order) => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', '/_simulator/faults', order)).toMatchObject({ status: 422 })
})
