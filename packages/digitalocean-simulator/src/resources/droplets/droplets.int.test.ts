import { expect, test } from 'vitest'
import { bodies, minute, plan, SimulatedApi, second } from '../../../test/simulated-api.ts'

test('a droplet is new and locked, then active with addresses', async () => {
  await using api = await SimulatedApi.start()
  const { droplet, links } = await api.create({ ipv6: true, monitoring: true, tags: ['web'] })
  expect(droplet).toMatchObject({
    status: 'new',
    locked: true,
    networks: { v4: [], v6: [] },
    features: ['ipv6', 'monitoring', 'droplet_agent', 'private_networking'],
    tags: ['web'],
    size_slug: 's-1vcpu-2gb',
    size: { slug: 's-1vcpu-2gb', vcpus: 1, memory: 2048, disk: 50, price_monthly: 12 },
    region: { slug: 'fra1', available: true },
    image: { slug: 'debian-13-x64', distribution: 'Debian', type: 'base' },
    kernel: null,
    volume_ids: [],
    snapshot_ids: [],
    backup_ids: [],
    next_backup_window: null,
    created_at: '2026-01-15T12:00:00Z',
  })
  expect(links.actions).toEqual([
    {
      id: expect.any(Number),
      rel: 'create',
      href: `${api.url}/v2/actions/${links.actions[0]?.id}`,
    },
  ])
  api.clock.advance(minute)
  const active = await api.droplet(droplet.id)
  expect(active).toMatchObject({ status: 'active', locked: false })
  expect(active).toHaveProperty('networks.v4.length', 2)
  expect(active).toHaveProperty('networks.v6.length', 1)
})

test('a GET just after create answers 404, and lists come later still', async () => {
  await using api = await SimulatedApi.start({ lagMs: { read: 2_000, list: 8_000 } })
  const { droplet } = await api.create()
  expect(await api.status('GET', `/v2/droplets/${droplet.id}`)).toBe(404)
  api.clock.advance(2 * second)
  expect(await api.status('GET', `/v2/droplets/${droplet.id}`)).toBe(200)
  expect(await api.names()).toEqual([])
  api.clock.advance(6 * second)
  expect(await api.names()).toEqual(['web-01'])
})

test('speed divides durations and lags', async () => {
  await using api = await SimulatedApi.start({ speed: 100, lagMs: 10_000 })
  const { droplet } = await api.create()
  expect(await api.status('GET', `/v2/droplets/${droplet.id}`)).toBe(404)
  api.clock.advance(400)
  expect(await api.droplet(droplet.id)).toMatchObject({ status: 'active' })
})

test('clients that send everything, empty or null, get what they did not choose chosen', async () => {
  await using api = await SimulatedApi.start()
  const { region: _, ...anywhere } = plan
  // As the official Go client, and Ansible, send what was left out.
  const empty = { region: '', vpc_uuid: '', names: null, ssh_keys: null, tags: null, volumes: null }
  const made = await api.call('POST', '/v2/droplets', { ...anywhere, ...empty })
  expect(made).toMatchObject({
    status: 202,
    body: { droplet: { name: plan.name, region: { slug: expect.any(String) } } },
  })
})

test('up to ten droplets are made by names', async () => {
  await using api = await SimulatedApi.start()
  const { name: _, ...unnamed } = plan
  const made = await api.call('POST', '/v2/droplets', { ...unnamed, names: ['a', 'b'] })
  expect(made).toMatchObject({
    status: 202,
    body: {
      droplets: [{ name: 'a' }, { name: 'b' }],
      links: { actions: [{ rel: 'create' }, { rel: 'create' }] },
    },
  })
  const names = Array.from({ length: 11 }, (_, index) => `n${index}`)
  expect(await api.status('POST', '/v2/droplets', { ...unnamed, names })).toBe(422)
})

test.each([
  [{ name: 'no spaces' }, 'Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)'],
  [{ name: null }, 'You must specify either a name or names for Droplet creation.'],
  [{ size: undefined }, 'You specified an invalid size for Droplet creation.'],
  [{ image: null }, 'You specified an invalid image for Droplet creation.'],
  [{ size: 's-99vcpu' }, 'You specified an invalid size for Droplet creation.'],
  [{ region: 'mars1' }, 'You specified an invalid region for Droplet creation.'],
  [{ region: 'ams2' }, 'You specified an invalid region for Droplet creation.'],
  [{ image: 'windows-95' }, 'You specified an invalid image for Droplet creation.'],
  [{ image: 5 }, 'You specified an invalid image for Droplet creation.'],
  [{ names: ['a'] }, 'You must specify either a name or names for Droplet creation.'],
  [{ tags: ['a b'] }, 'Error validating resource tag: "a b" contains invalid characters'],
  [{ volumes: ['x'] }, 'You specified an invalid volume for Droplet creation.'],
])('creation with %j is refused, and leaves nothing', async (changes, message) => {
  await using api = await SimulatedApi.start()
  const refused = await api.call('POST', '/v2/droplets', { ...plan, ...changes })
  expect(refused.status).toBe(422)
  expect(bodies.refusal.parse(refused.body)).toMatchObject({ id: 'unprocessable_entity', message })
  expect(await api.names()).toEqual([])
  expect(await api.read(bodies.actions, '/v2/actions')).toMatchObject({ actions: [], links: {} })
})

test('a body that is not JSON is a bad request', async () => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', '/v2/droplets', '{')).toMatchObject({
    status: 400,
    body: { id: 'bad_request' },
  })
  expect(await api.status('POST', '/v2/droplets')).toBe(400)
})

test('listings are filtered by tag, by name, and by type', async () => {
  await using api = await SimulatedApi.start()
  await api.active({ name: 'web-01', tags: ['Env:Prod'] })
  await api.active({ name: 'db-01' })
  expect(await api.names('?tag_name=env:PROD')).toEqual(['web-01'])
  expect(await api.names('?name=DB-01')).toEqual(['db-01'])
  expect(await api.names('?type=droplets')).toEqual(['web-01', 'db-01'])
  expect(await api.names('?type=gpus')).toEqual([])
  expect(await api.names('?tag_name=&name=&type=')).toEqual(['web-01', 'db-01'])
  expect(await api.status('GET', '/v2/droplets?type=cars')).toBe(422)
  expect(await api.status('GET', '/v2/droplets?tag_name=a&name=b')).toBe(422)
})

test('pages link to each other absolutely, and shift when something is deleted meanwhile', async () => {
  await using api = await SimulatedApi.start()
  const ids: number[] = []
  for (const name of ['a', 'b', 'c', 'd']) ids.push(await api.active({ name }))
  const first = await api.read(bodies.droplets, '/v2/droplets/?per_page=2')
  expect(first.droplets.map((each) => each.name)).toEqual(['a', 'b'])
  expect(first.links.pages).toEqual({
    next: `${api.url}/v2/droplets/?per_page=2&page=2`,
    last: `${api.url}/v2/droplets/?per_page=2&page=2`,
  })
  await api.call('DELETE', `/v2/droplets/${ids[0]}`)
  api.clock.advance(minute)
  const second = await api.read(bodies.droplets, '/v2/droplets?per_page=2&page=2')
  expect(second.droplets.map((each) => each.name)).toEqual(['d'])
  expect(second.meta.total).toBe(3)
})

test('a deleted droplet is locked for some seconds, then gone by id, and last from listings', async () => {
  await using api = await SimulatedApi.start({ lagMs: { list: 20_000, read: 0 } })
  const id = await api.active()
  expect((await api.call('DELETE', `/v2/droplets/${id}`)).status).toBe(204)
  expect(await api.droplet(id)).toMatchObject({ locked: true })
  api.clock.advance(6 * second)
  expect(await api.status('GET', `/v2/droplets/${id}`)).toBe(404)
  expect(await api.status('DELETE', `/v2/droplets/${id}`)).toBe(404)
  expect(await api.names()).toEqual(['web-01'])
  api.clock.advance(20 * second)
  expect(await api.names()).toEqual([])
})

test('a droplet with an event under way is neither deleted nor acted on', async () => {
  await using api = await SimulatedApi.start()
  const { droplet } = await api.create()
  const refused = { status: 422, body: { message: 'Droplet already has a pending event.' } }
  expect(await api.call('DELETE', `/v2/droplets/${droplet.id}`)).toMatchObject(refused)
  expect(await api.act(droplet.id, { type: 'power_off' })).toMatchObject(refused)
})

test('all droplets of a tag are deleted at once, whatever they are at', async () => {
  await using api = await SimulatedApi.start()
  await api.active({ name: 'a', tags: ['gone'] })
  const { links } = await api.create({ name: 'b', tags: ['gone'] })
  await api.create({ name: 'c' })
  expect(await api.status('DELETE', '/v2/droplets?tag_name=GONE')).toBe(204)
  api.clock.advance(minute)
  expect(await api.names()).toEqual(['c'])
  expect(await api.action(links.actions[0]?.id ?? 0)).toMatchObject({ status: 'errored' })
  expect(await api.status('DELETE', '/v2/droplets')).toBe(422)
})

test('the account has a limit', async () => {
  await using api = await SimulatedApi.start({ rateLimits: false })
  const { name: _, ...unnamed } = plan
  const names = Array.from({ length: 10 }, (_, index) => `n${index}`)
  await Promise.all(
    Array.from({ length: 100 }, () => api.call('POST', '/v2/droplets', { ...unnamed, names })),
  )
  expect(await api.call('POST', '/v2/droplets', plan)).toMatchObject({
    status: 422,
    body: { message: 'creating this/these droplet(s) will exceed your droplet limit' },
  })
})

test('backups have a window and a policy while they are enabled', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({
    backups: true,
    backup_policy: { plan: 'weekly', weekday: 'SUN', hour: 20 },
  })
  expect(await api.droplet(id)).toMatchObject({
    next_backup_window: { start: '2026-01-18T20:00:00Z', end: '2026-01-19T00:00:00Z' },
  })
  expect(await api.call('GET', `/v2/droplets/${id}/backups/policy`)).toMatchObject({
    body: { policy: { droplet_id: id, backup_policy: { plan: 'weekly', window_length_hours: 4 } } },
  })
  expect(await api.call('GET', `/v2/droplets/${id}/backups`)).toMatchObject({
    body: { backups: [] },
  })
  const without = await api.active({ name: 'other' })
  expect(await api.call('GET', `/v2/droplets/${without}/backups/policy`)).toMatchObject({
    body: { policy: { droplet_id: without, backup_enabled: false } },
  })
})
