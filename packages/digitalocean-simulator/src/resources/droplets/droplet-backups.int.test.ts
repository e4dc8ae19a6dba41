import { expect, test } from 'vitest'
import { z } from 'zod'
import { bodies, minute, SimulatedApi } from '../../../test/simulated-api.ts'

const day = 24 * 60 * minute
const backups = z.object({
  backups: z.array(
    z.looseObject({ id: z.number(), name: z.string(), type: z.string(), created_at: z.string() }),
  ),
})

async function backupsOf(api: SimulatedApi, id: number) {
  return (await api.read(backups, `/v2/droplets/${id}/backups`)).backups
}

test('a backup is made in each window, listed with its droplet and as an image', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ backups: true, backup_policy: { plan: 'daily', hour: 16 } })
  expect(await backupsOf(api, id)).toEqual([])
  api.clock.advance(2 * day)
  const made = await backupsOf(api, id)
  expect(made).toMatchObject([
    { name: 'web-01- 2026-01-15', type: 'backup' },
    { name: 'web-01- 2026-01-16', type: 'backup' },
  ])
  expect(made[0]?.created_at).toMatch(/^2026-01-15T1[67]:/)
  const [first, second] = made.map((each) => each.id)
  expect(await api.droplet(id)).toMatchObject({ backup_ids: [first, second], snapshot_ids: [] })
  const images = await api.call('GET', '/v2/images?private=true')
  expect(images).toMatchObject({ body: { images: [{ id: first, type: 'backup' }, {}] } })
  expect(await api.read(bodies.snapshots, '/v2/snapshots')).toMatchObject({ snapshots: [] })
  expect(await api.status('GET', `/v2/snapshots/${first}`)).toBe(404)
  expect(await api.status('DELETE', `/v2/images/${first}`)).toBe(204)
  expect(await api.droplet(id)).toMatchObject({ backup_ids: [second] })
})

test('a droplet is restored from its backup', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ backups: true })
  api.clock.advance(day)
  const [backup] = await backupsOf(api, id)
  await api.done(id, { type: 'restore', image: backup?.id })
  expect(await api.droplet(id)).toMatchObject({ image: { id: backup?.id, type: 'backup' } })
})

test('a backup that is converted is a snapshot: it is kept, and stays when its droplet goes', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ backups: true })
  api.clock.advance(day)
  const [backup] = await backupsOf(api, id)
  const path = `/v2/images/${backup?.id}/actions`
  const begun = await api.call('POST', path, { type: 'convert' })
  expect(begun).toMatchObject({
    status: 201,
    body: {
      action: {
        status: 'in-progress',
        type: 'convert',
        resource_id: backup?.id,
        resource_type: 'image',
        region_slug: 'fra1',
      },
    },
  })
  expect(await api.call('POST', path, { type: 'convert' })).toMatchObject({
    status: 422,
    body: { message: 'This image already has a pending event.' },
  })
  expect(await api.status('GET', `/v2/snapshots/${backup?.id}`)).toBe(404)
  api.clock.advance(minute)
  const { action } = bodies.action.parse(begun.body)
  expect(await api.action(action.id)).toMatchObject({ status: 'completed' })
  expect(await backupsOf(api, id)).toEqual([])
  expect(await api.droplet(id)).toMatchObject({ backup_ids: [], snapshot_ids: [backup?.id] })
  expect(await api.status('POST', path, { type: 'convert' })).toBe(422)
  api.clock.advance(30 * day)
  expect(await backupsOf(api, id)).toHaveLength(7)
  await api.call('DELETE', `/v2/droplets/${id}`)
  api.clock.advance(minute)
  expect(await api.call('GET', '/v2/snapshots')).toMatchObject({
    body: { snapshots: [{ id: String(backup?.id), name: backup?.name }], meta: { total: 1 } },
  })
})

test('a conversion of a backup that goes meanwhile ends in error', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ backups: true })
  api.clock.advance(day)
  const [backup] = await backupsOf(api, id)
  const begun = await api.call('POST', `/v2/images/${backup?.id}/actions`, { type: 'convert' })
  expect(await api.status('DELETE', `/v2/images/${backup?.id}`)).toBe(204)
  api.clock.advance(minute)
  const { action } = bodies.action.parse(begun.body)
  expect(await api.action(action.id)).toMatchObject({ status: 'errored' })
})

test.each([
  ['daily', 7],
  ['weekly', 4],
])('%s backups are kept until there are %i', async (plan, count) => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ backups: true, backup_policy: { plan, hour: 0 } })
  api.clock.advance(60 * day)
  expect(await backupsOf(api, id)).toHaveLength(count)
})

test('a window counts from when backups are enabled until they are disabled', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  await api.act(id, { type: 'enable_backups' })
  api.clock.advance(day)
  expect(await backupsOf(api, id)).toHaveLength(1)
  await api.act(id, { type: 'disable_backups' })
  api.clock.advance(3 * day)
  expect(await backupsOf(api, id)).toHaveLength(1)
})

test('backups go with their droplet, its snapshots stay', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ backups: true })
  await api.done(id, { type: 'snapshot', name: 'kept' })
  api.clock.advance(day)
  await api.call('DELETE', `/v2/droplets/${id}`)
  api.clock.advance(minute)
  expect(await api.call('GET', '/v2/images?private=true')).toMatchObject({
    body: { images: [{ name: 'kept' }], meta: { total: 1 } },
  })
})

test('the policies, those to choose from, and the kernel', async () => {
  await using api = await SimulatedApi.start()
  const one = await api.active({ backups: true })
  const other = await api.active({ name: 'web-02' })
  expect(await api.call('GET', '/v2/droplets/backups/policies')).toMatchObject({
    body: {
      policies: {
        [one]: { droplet_id: one, backup_enabled: true, backup_policy: { plan: 'daily' } },
        [other]: { droplet_id: other, backup_enabled: false },
      },
      meta: { total: 2 },
    },
  })
  expect(await api.call('GET', '/v2/droplets/backups/supported_policies')).toMatchObject({
    body: { supported_policies: [{ name: 'weekly' }, { name: 'daily', possible_days: [] }] },
  })
  const { kernels } = z
    .object({ kernels: z.array(z.looseObject({ id: z.number() })) })
    .parse((await api.call('GET', `/v2/droplets/${one}/kernels`)).body)
  await api.done(one, { type: 'change_kernel', kernel: kernels[0]?.id })
  expect(await api.droplet(one)).toMatchObject({ locked: false, kernel: null })
  expect(await api.act(one, { type: 'change_kernel', kernel: 1 })).toMatchObject({ status: 422 })
})
