import { expect, test } from 'vitest'
import { bodies, minute, SimulatedApi, second } from '../../../test/simulated-api.ts'

test('an action is in progress, then completed, and is about the droplet', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  const begun = await api.act(id, { type: 'power_off' })
  expect(begun.status).toBe(201)
  const { action } = bodies.action.parse(begun.body)
  expect(action).toMatchObject({
    status: 'in-progress',
    type: 'power_off',
    completed_at: null,
    resource_id: id,
    resource_type: 'droplet',
    region_slug: 'fra1',
  })
  expect(await api.droplet(id)).toMatchObject({ status: 'active', locked: true })
  api.clock.advance(10 * second)
  expect(await api.action(action.id)).toMatchObject({ status: 'completed' })
  expect(await api.droplet(id)).toMatchObject({ status: 'off', locked: false })
  const all = await api.read(bodies.actions, `/v2/droplets/${id}/actions`)
  expect(all.actions.map((each) => each.type)).toEqual(['power_off', 'create'])
  expect(await api.status('GET', `/v2/droplets/${id}/actions/${action.id}`)).toBe(200)
  expect(await api.status('GET', `/v2/droplets/1/actions/${action.id}`)).toBe(404)
  expect(await api.status('GET', '/v2/actions/1')).toBe(404)
})

test.each([
  ['active', 'resize', 'Droplet must be powered off to be resized'],
  ['off', 'power_off', 'Droplet is already powered off'],
  ['off', 'reboot', 'Droplet is powered off'],
  ['off', 'power_cycle', 'Droplet is powered off'],
  ['active', 'disable_backups', 'Backups are not enabled for this Droplet.'],
])('%s: %s is refused', async (status, type, message) => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  if (status === 'off') await api.done(id, { type: 'power_off' })
  expect(await api.act(id, { type, size: 's-2vcpu-4gb' })).toMatchObject({
    status: 422,
    body: { id: 'unprocessable_entity', message },
  })
})

test('power goes off and on, and stays where it is already', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  for (const [type, status] of [
    ['power_on', 'active'],
    ['shutdown', 'off'],
    ['shutdown', 'off'],
    ['power_on', 'active'],
    ['power_on', 'active'],
    ['reboot', 'active'],
    ['power_cycle', 'active'],
    ['password_reset', 'active'],
  ]) {
    await api.done(id, { type })
    expect(await api.droplet(id)).toMatchObject({ status, locked: false })
  }
})

test('a resize without the disk can be taken back, one with it cannot', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ size: 's-1vcpu-2gb' })
  await api.done(id, { type: 'power_off' })
  await api.done(id, { type: 'resize', size: 's-4vcpu-8gb' })
  expect(await api.droplet(id)).toMatchObject({
    size_slug: 's-4vcpu-8gb',
    memory: 8192,
    vcpus: 4,
    disk: 50,
  })
  await api.done(id, { type: 'resize', size: 's-1vcpu-2gb', disk: false })
  expect(await api.droplet(id)).toMatchObject({ size_slug: 's-1vcpu-2gb', disk: 50 })
  await api.done(id, { type: 'resize', size: 's-4vcpu-8gb', disk: true })
  expect(await api.droplet(id)).toMatchObject({ size_slug: 's-4vcpu-8gb', disk: 160 })
  const smaller = {
    status: 422,
    body: { message: 'This size is not available because it has a smaller disk.' },
  }
  expect(await api.act(id, { type: 'resize', size: 's-1vcpu-2gb' })).toMatchObject(smaller)
  expect(await api.act(id, { type: 'resize', size: 'c-2', disk: true })).toMatchObject(smaller)
  expect(await api.act(id, { type: 'resize', size: 's-4vcpu-8gb' })).toMatchObject({ status: 422 })
  expect(await api.act(id, { type: 'resize', size: 'nope' })).toMatchObject({ status: 422 })
})

test('yes and no count as text, too', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ ipv6: 'true', backups: 'false' })
  await api.done(id, { type: 'power_off' })
  await api.done(id, { type: 'resize', size: 's-2vcpu-4gb', disk: 'true' })
  expect(await api.droplet(id)).toMatchObject({
    disk: 80,
    features: expect.arrayContaining(['ipv6']),
  })
  const order = { type: 'resize', size: 's-4vcpu-8gb', disk: 'perhaps' }
  expect(await api.act(id, order)).toMatchObject({ status: 422 })
})

test('rename, IPv6 and backups', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  await api.done(id, { type: 'rename', name: 'web-02' })
  await api.done(id, { type: 'enable_ipv6' })
  await api.done(id, { type: 'enable_backups' })
  await api.done(id, {
    type: 'change_backup_policy',
    backup_policy: { plan: 'weekly', weekday: 'TUE', hour: 4 },
  })
  const changed = await api.droplet(id)
  expect(changed).toMatchObject({
    name: 'web-02',
    next_backup_window: { start: '2026-01-20T04:00:00Z' },
  })
  expect(changed.features).toEqual(expect.arrayContaining(['ipv6', 'backups']))
  await api.done(id, { type: 'disable_backups' })
  expect(await api.droplet(id)).toMatchObject({ next_backup_window: null })
  expect(await api.act(id, { type: 'enable_ipv6' })).toMatchObject({ status: 422 })
  expect(await api.act(id, { type: 'rename', name: 'a b' })).toMatchObject({ status: 422 })
  expect(await api.act(id, { type: 'teleport' })).toMatchObject({ status: 422 })
  expect(await api.act(1, { type: 'reboot' })).toMatchObject({ status: 404 })
})

test('rebuild takes another image, restore only one of its own', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  await api.done(id, { type: 'snapshot', name: 'before' })
  const [snapshot] = (await api.droplet(id)).snapshot_ids ?? []
  await api.done(id, { type: 'rebuild', image: 'ubuntu-24-04-x64' })
  expect(await api.droplet(id)).toMatchObject({ image: { slug: 'ubuntu-24-04-x64' } })
  await api.done(id, { type: 'restore', image: snapshot })
  expect(await api.droplet(id)).toMatchObject({
    image: { id: snapshot, type: 'snapshot' },
    status: 'active',
  })
  expect(await api.act(id, { type: 'restore', image: 'ubuntu-24-04-x64' })).toMatchObject({
    status: 422,
  })
  const elsewhere = await api.active({ region: 'nyc3' })
  expect(await api.act(elsewhere, { type: 'rebuild', image: snapshot })).toMatchObject({
    status: 422,
  })
  expect(await api.act(elsewhere, { type: 'rebuild', image: 'nope' })).toMatchObject({
    status: 422,
  })
})

test('all droplets of a tag are acted on together, or none', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ name: 'a', tags: ['t'] })
  await api.active({ name: 'b', tags: ['t'] })
  const begun = await api.call('POST', '/v2/droplets/actions?tag_name=t', { type: 'power_off' })
  expect(begun).toMatchObject({
    status: 201,
    body: { actions: [{ type: 'power_off' }, { type: 'power_off' }] },
  })
  api.clock.advance(minute)
  await api.done(id, { type: 'power_on' })
  expect(await api.status('POST', '/v2/droplets/actions?tag_name=t', { type: 'power_off' })).toBe(
    422,
  )
  expect(await api.droplet(id)).toMatchObject({ status: 'active', locked: false })
  expect(await api.status('POST', '/v2/droplets/actions', { type: 'power_off' })).toBe(422)
})
