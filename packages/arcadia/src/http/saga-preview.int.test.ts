import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pageSchema } from './pages.ts'
import { previewSchema } from './schemas/preview.ts'
import { sagaSchema } from './schemas/saga.ts'
import { type ApiWorld, apiWorld } from './testing/api-world.ts'
import { sagasOfTests } from './testing/sagas.ts'
import { until } from './testing/until.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ resources: 0, sagas: sagasOfTests().sagas })
})
afterAll(() => world.close())

const path = '/api/v1/sagas/preview'
const preview = (kind: string, input: object = {}) =>
  world.viewer.call('POST', path, { kind, input })

describe('a preview', () => {
  test('tells a viewer what would run, what undoes it, and where there is no way back', async () => {
    const counts = async () =>
      (await world.pool.query<{ n: number }>('select count(*)::int n from saga.saga_runs')).rows
    const before = await counts()
    const answer = await preview('delete_droplet', { droplet_id: 7, snapshot: true })
    expect(answer.status).toBe(200)
    expect(previewSchema.parse(answer.body)).toEqual({
      kind: 'delete_droplet',
      version: 1,
      locks: [`${world.account.id}/droplet/7`],
      point_of_no_return: 2,
      steps: [
        expect.objectContaining({ name: 'read_droplet', effect: 'read', undo: 'none_needed' }),
        expect.objectContaining({ name: 'snapshot_if_asked', does: 'call', undo: 'undo' }),
        expect.objectContaining({ name: 'delete_droplet', effect: 'pivot', undo: 'impossible' }),
        expect.objectContaining({ name: 'forget_droplet', does: 'transact' }),
      ],
    })
    expect(await counts()).toEqual(before)
    expect(await world.cloudWrites()).toBe(0)
  })

  test('shows what runs at once, what waits for somebody, and the steps of another saga', async () => {
    const atOnce = previewSchema.parse((await preview('two_answers')).body)
    expect(atOnce.steps).toMatchObject([
      { idx: 0, name: 'may_it_begin', does: 'approval', group: 0 },
      { idx: 1, name: 'may_it_cost', does: 'approval', group: 0 },
    ])
    const family = previewSchema.parse((await preview('family')).body)
    expect(family).toMatchObject({
      point_of_no_return: null,
      steps: [
        {
          does: 'child',
          undo: 'child',
          child: { kind: 'approved_change', steps: [{}, { does: 'approval' }, { child: null }] },
        },
      ],
    })
  })

  test('is given while all is frozen, too', async () => {
    await world.admin.call('POST', '/api/v1/freeze')
    const answer = await preview('delete_droplet', { droplet_id: 7 })
    await world.admin.call('POST', '/api/v1/resume')
    expect(answer.status).toBe(200)
  })

  test('of nothing that could be started is refused as the start would be', async () => {
    expect(await preview('nope')).toMatchObject({ status: 422, body: { code: 'unknown_kind' } })
    expect(await preview('delete_droplet', { droplet_id: 'x' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_input', errors: [{ path: 'input.droplet_id' }] },
    })
    expect(await world.viewer.call('POST', path, { steps: [] })).toMatchObject({ status: 422 })
  })
})

test('locks are listed with the saga that holds them, until it ends', async () => {
  const locks = pageSchema(
    z.object({ key: z.string(), saga_id: z.uuid(), acquired_at: z.iso.datetime() }),
  )
  expect(await world.viewer.get('/api/v1/locks', locks)).toEqual({ data: [], next_cursor: null })
  const body = { kind: 'locked_change', input: {} }
  const { id } = sagaSchema.parse((await world.admin.call('POST', '/api/v1/sagas', body)).body)
  const held = await until(
    'the lock is held',
    () => world.viewer.get('/api/v1/locks', locks),
    ({ data }) => data.length > 0,
  )
  expect(held.data).toMatchObject([{ key: 'a/thing/1', saga_id: id }])
  await world.admin.call('POST', `/api/v1/sagas/${id}/cancel`)
  await world.ended(id)
  expect((await world.viewer.get('/api/v1/locks', locks)).data).toEqual([])
})
