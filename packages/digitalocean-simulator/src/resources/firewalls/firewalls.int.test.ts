import { expect, test } from 'vitest'
import { z } from 'zod'
import { minute, SimulatedApi, second } from '../../../test/simulated-api.ts'

const firewall = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  inbound_rules: z.array(z.unknown()),
  outbound_rules: z.array(z.unknown()),
  droplet_ids: z.array(z.number()).optional(),
  tags: z.array(z.string()).optional(),
  pending_changes: z.array(z.unknown()),
})
const one = z.object({ firewall })
const many = z.object({ firewalls: z.array(firewall) })

const anywhere = { addresses: ['0.0.0.0/0', '::/0'] }
const ssh = { protocol: 'tcp', ports: '22', sources: anywhere }
const wall = { name: 'wall', inbound_rules: [ssh] }

async function create(api: SimulatedApi, changes: object = {}) {
  const made = await api.call('POST', '/v2/firewalls', { ...wall, ...changes })
  expect(made.status).toBe(202)
  return one.parse(made.body).firewall
}

async function read(api: SimulatedApi, id: string, token?: string) {
  return (await api.read(one, `/v2/firewalls/${id}`, token)).firewall
}

test('a firewall without droplets is in force at once', async () => {
  await using api = await SimulatedApi.start()
  const made = await create(api, { outbound_rules: null })
  expect(made).toMatchObject({
    name: 'wall',
    status: 'succeeded',
    inbound_rules: [ssh],
    outbound_rules: [],
    droplet_ids: [],
    tags: [],
    pending_changes: [],
    created_at: '2026-01-15T12:00:00Z',
  })
  expect(await read(api, made.id)).toEqual(made)
  expect(await api.status('DELETE', `/v2/firewalls/${made.id}`)).toBe(204)
  expect(await api.status('GET', `/v2/firewalls/${made.id}`)).toBe(404)
  expect(await api.status('DELETE', `/v2/firewalls/${made.id}`)).toBe(404)
  expect(await api.status('GET', '/v2/firewalls/nonsense')).toBe(404)
})

test('one with droplets waits until they have it', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const { id, ...made } = await create(api, { droplet_ids: [droplet] })
  const change = { droplet_id: droplet, removing: false, status: 'waiting' }
  expect(made).toMatchObject({ status: 'waiting', pending_changes: [change] })
  api.clock.advance(20 * second)
  expect(await read(api, id)).toMatchObject({ status: 'waiting' })
  api.clock.advance(20 * second)
  expect(await read(api, id)).toMatchObject({ status: 'succeeded', pending_changes: [] })
  const emptied = await api.call('PUT', `/v2/firewalls/${id}`, wall)
  expect(emptied).toMatchObject({
    status: 200,
    body: {
      firewall: {
        droplet_ids: [],
        status: 'waiting',
        pending_changes: [{ ...change, removing: true }],
      },
    },
  })
})

test.each([
  ['ports as a number', { protocol: 'tcp', ports: 22 }, { ports: '22' }],
  ['a protocol in capitals', { protocol: 'TCP', ports: '22' }, { protocol: 'tcp' }],
  ['all ports', { protocol: 'udp', ports: 'all' }, { ports: '0' }],
  ['no ports of ICMP', { protocol: 'icmp' }, { ports: '0' }],
  ['a denial', { protocol: 'tcp', ports: '1', action: 'deny' }, { action: 'deny' }],
  ['a range', { protocol: 'tcp', ports: '8000-9000' }, { ports: '8000-9000' }],
])('%s become what DigitalOcean makes of them', async (_, rule, kept) => {
  await using api = await SimulatedApi.start()
  const { inbound_rules } = await create(api, { inbound_rules: [{ ...rule, sources: {} }] })
  expect(inbound_rules).toMatchObject([{ ...kept, sources: {} }])
})

test.each([
  ['invalid name', { name: 'a b' }],
  ['must have at least one rule', { inbound_rules: [] }],
  ['must have at most 50 rules', { inbound_rules: Array.from({ length: 51 }, () => ssh) }],
  ['invalid port range', { inbound_rules: [{ ...ssh, ports: '0-70000' }] }],
  ['invalid port range', { inbound_rules: [{ ...ssh, ports: '9-8' }] }],
  ['invalid port range', { inbound_rules: [{ ...ssh, ports: undefined }] }],
  ['invalid protocol', { inbound_rules: [{ ...ssh, protocol: 'gre' }] }],
  ['invalid address', { inbound_rules: [{ ...ssh, sources: { addresses: ['home'] } }] }],
  ['invalid address', { inbound_rules: [{ ...ssh, sources: { addresses: ['1.2.3.4/33'] } }] }],
  ['tag none does not exist', { inbound_rules: [{ ...ssh, sources: { tags: ['none'] } }] }],
  ['droplet does not exist', { inbound_rules: [{ ...ssh, sources: { droplet_ids: [1] } }] }],
  ['droplet does not exist', { droplet_ids: [1] }],
  ['tag none does not exist', { tags: ['none'] }],
])('refused: %s', async (message, changes) => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', '/v2/firewalls', { ...wall, ...changes })).toMatchObject({
    status: 422,
    body: { id: 'unprocessable_entity', message },
  })
  expect((await api.read(many, '/v2/firewalls')).firewalls).toEqual([])
})

test('names are unique, and a firewall may keep its own', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api)
  const duplicate = { status: 409, body: { id: 'conflict', message: 'duplicate name' } }
  expect(await api.call('POST', '/v2/firewalls', wall)).toMatchObject(duplicate)
  await create(api, { name: 'other' })
  expect(await api.call('PUT', `/v2/firewalls/${id}`, { ...wall, name: 'other' })).toMatchObject(
    duplicate,
  )
  expect(await api.status('PUT', `/v2/firewalls/${id}`, wall)).toBe(200)
})

test('a replacement is the whole: tags that it does not name are gone', async () => {
  await using api = await SimulatedApi.start()
  await api.call('POST', '/v2/tags', { name: 'Web' })
  const { id } = await create(api, { tags: ['web'] })
  expect((await read(api, id)).tags).toEqual(['Web'])
  await api.call('PUT', `/v2/firewalls/${id}`, wall)
  expect((await read(api, id)).tags).toEqual([])
})

test('droplets are put in and taken out', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const { id } = await create(api)
  const path = `/v2/firewalls/${id}/droplets`
  expect(await api.status('POST', path, { droplet_ids: [droplet] })).toBe(204)
  expect(await api.status('POST', path, { droplet_ids: [droplet] })).toBe(204)
  expect((await read(api, id)).droplet_ids).toEqual([droplet])
  expect(await api.status('POST', path, { droplet_ids: [1] })).toBe(422)
  expect(await api.status('POST', path, {})).toBe(422)
  expect(await api.status('DELETE', path, { droplet_ids: [droplet] })).toBe(204)
  expect(await read(api, id)).toMatchObject({
    droplet_ids: [],
    pending_changes: [{ droplet_id: droplet, removing: true }],
  })
})

test('tags are put in and taken out, whatever their case', async () => {
  await using api = await SimulatedApi.start()
  await api.call('POST', '/v2/tags', { name: 'Web' })
  const { id } = await create(api)
  const path = `/v2/firewalls/${id}/tags`
  expect(await api.status('POST', path, { tags: ['web'] })).toBe(204)
  expect((await read(api, id)).tags).toEqual(['Web'])
  expect(await api.status('POST', path, { tags: ['none'] })).toBe(422)
  expect(await api.status('DELETE', path, { tags: ['WEB'] })).toBe(204)
  expect((await read(api, id)).tags).toEqual([])
})

test('rules are put in once and taken out, whatever the order they name things in', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api)
  const path = `/v2/firewalls/${id}/rules`
  const ping = { protocol: 'icmp', destinations: anywhere }
  expect(await api.status('POST', path, { inbound_rules: [ssh], outbound_rules: [ping] })).toBe(204)
  expect(await read(api, id)).toMatchObject({
    inbound_rules: [ssh],
    outbound_rules: [{ protocol: 'icmp', ports: '0', destinations: anywhere }],
  })
  const turned = { ...ssh, ports: 22, sources: { addresses: ['::/0', '0.0.0.0/0'] } }
  expect(await api.status('DELETE', path, { inbound_rules: [turned] })).toBe(204)
  expect((await read(api, id)).inbound_rules).toEqual([])
  expect(await api.call('DELETE', path, { outbound_rules: [ping] })).toMatchObject({
    status: 422,
    body: { message: 'must have at least one rule' },
  })
})

test("a droplet's firewalls are those that name it, and those of its tags", async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active({ tags: ['web'] })
  await create(api, { name: 'by-tag', tags: ['web'] })
  await create(api, { name: 'by-id', droplet_ids: [droplet] })
  await create(api, { name: 'both', droplet_ids: [droplet], tags: ['web'] })
  await create(api, { name: 'neither' })
  const { firewalls } = await api.read(many, `/v2/droplets/${droplet}/firewalls`)
  expect(firewalls.map((each) => each.name)).toEqual(['by-tag', 'by-id', 'both'])
  expect(await api.status('GET', '/v2/droplets/1/firewalls')).toBe(404)
})

test('a destroyed droplet is named for a while, by a firewall that says all is well', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const { id } = await create(api, { droplet_ids: [droplet] })
  api.clock.advance(minute)
  await api.call('DELETE', `/v2/droplets/${droplet}`)
  api.clock.advance(15 * second)
  expect(await api.status('GET', `/v2/droplets/${droplet}`)).toBe(404)
  expect(await read(api, id)).toMatchObject({
    droplet_ids: [droplet],
    status: 'succeeded',
    pending_changes: [],
  })
  api.clock.advance(30 * second)
  expect((await read(api, id)).droplet_ids).toEqual([])
})

test('a deleted tag selects nothing any more', async () => {
  await using api = await SimulatedApi.start()
  await api.call('POST', '/v2/tags', { name: 'web' })
  const rule = { ...ssh, sources: { ...anywhere, tags: ['web'] } }
  const { id } = await create(api, { tags: ['web'], inbound_rules: [rule] })
  await api.call('DELETE', '/v2/tags/web')
  await api.call('POST', '/v2/tags', { name: 'web' })
  expect(await read(api, id)).toMatchObject({
    tags: [],
    inbound_rules: [{ sources: { ...anywhere, tags: [] } }],
  })
})

test('a token sees of a firewall what it may see of other things', async () => {
  await using api = await SimulatedApi.start({
    tokens: [
      { token: 'secret', scopes: 'write' },
      { token: 'narrow', scopes: ['firewall:read'] },
    ],
  })
  const { id } = await create(api)
  const seen = await read(api, id, 'narrow')
  expect('droplet_ids' in seen || 'tags' in seen).toBe(false)
  expect((await api.call('DELETE', `/v2/firewalls/${id}`, undefined, 'narrow')).status).toBe(403)
})
