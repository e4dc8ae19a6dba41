import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageSchema } from './pages.ts'
import { sagaEventSchema, sagaSchema } from './schemas/saga.ts'
import { type ApiWorld, apiWorld } from './testing/api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld()
  await world.sync()
})
afterAll(() => world.close())

const echoes = { steps: [{ name: 'echo' }, { name: 'echo' }] }

describe('starting', () => {
  test('a list of steps is started, and says where it is to be found', async () => {
    const answer = await world.admin.call('POST', '/api/v1/sagas', {
      steps: [{ name: 'echo' }, { name: 'echo', input: { message: 'other' } }],
      input: { message: 'same' },
    })
    expect(answer.status).toBe(201)
    const saga = sagaSchema.parse(answer.body)
    expect(saga).toMatchObject({ kind: 'ad_hoc', started_by: 'admin' })
    expect(answer.headers.get('location')).toBe(`/api/v1/sagas/${saga.id}`)
    expect(await world.ended(saga.id)).toMatchObject({
      status: 'completed',
      context: { echoed_at_step_0: 'same', echoed_at_step_1: 'other' },
      steps: [
        { idx: 0, name: 'echo', status: 'completed', attempts: 1, error: null },
        { idx: 1, name: 'echo', status: 'completed' },
      ],
    })
  })

  test('a key that repeats gives the same saga; with another input it is a conflict', async () => {
    const body = { ...echoes, idempotency_key: 'again' }
    const first = await world.admin.call('POST', '/api/v1/sagas', body)
    const second = await world.admin.call('POST', '/api/v1/sagas', body)
    expect([first.status, second.status]).toEqual([201, 200])
    expect(sagaSchema.parse(second.body).id).toBe(sagaSchema.parse(first.body).id)
    const other = await world.admin.call('POST', '/api/v1/sagas', { ...body, input: { x: 1 } })
    expect(other).toMatchObject({ status: 409, body: { code: 'start_key_conflict' } })
  })

  test('it has the priority asked for, and the usual one otherwise', async () => {
    for (const [asked, given] of [
      [{ priority: 'high' }, 'high'],
      [{ priority: 'low' }, 'low'],
      [{}, 'normal'],
    ] as const) {
      const answer = await world.admin.call('POST', '/api/v1/sagas', { ...echoes, ...asked })
      expect(answer).toMatchObject({ status: 201, body: { priority: given } })
    }
    const wrong = { ...echoes, priority: 'urgent' }
    expect(await world.admin.call('POST', '/api/v1/sagas', wrong)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: 'priority' }] },
    })
  })

  test('of many starts with one key at once one saga comes', async () => {
    const body = { ...echoes, idempotency_key: 'at-once' }
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.admin.call('POST', '/api/v1/sagas', body)),
    )
    const ids = new Set(answers.map((answer) => sagaSchema.parse(answer.body).id))
    expect(ids.size).toBe(1)
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(7).fill(200), 201])
  })
})

describe('what would change a cloud', () => {
  const snapshot = async () => {
    const page = await world.db
      .selectFrom('cloud_resources')
      .select('external_id')
      .where('kind', '=', 'droplet')
      .executeTakeFirstOrThrow()
    return { kind: 'snapshot_droplet', input: { droplet_id: Number(page.external_id) } }
  }
  const asSteps = async () => {
    const { input } = await snapshot()
    return { steps: [{ name: 'create_droplet_snapshot' }, { name: 'fail' }], input }
  }

  test.each([
    ['frozen', '/api/v1/freeze', '/api/v1/resume'],
    ['writes_disabled', 'disable-writes', 'enable-writes'],
  ])('is refused while %s, and no request leaves', async (code, stop, go) => {
    const path = (act: string) =>
      act.startsWith('/') ? act : `/api/v1/accounts/${world.account.id}/${act}`
    const known = { ...(await snapshot()), idempotency_key: `before-${code}` }
    const before = await world.admin.call('POST', '/api/v1/sagas', known)
    await world.ended(sagaSchema.parse(before.body).id)
    const writes = await world.cloudWrites()
    const counted = await sagaCount()
    await world.admin.call('POST', path(stop))
    try {
      for (const body of [await snapshot(), await asSteps()]) {
        const answer = await world.admin.call('POST', '/api/v1/sagas', body)
        expect(answer).toMatchObject({ status: 409, body: { code } })
      }
      expect(await sagaCount()).toBe(counted)
      expect(await world.cloudWrites()).toBe(writes)
      // What was accepted before stays accepted, and what changes nothing goes on.
      expect(await world.admin.call('POST', '/api/v1/sagas', known)).toMatchObject({ status: 200 })
      expect(await world.run(echoes)).toMatchObject({ status: 'completed' })
    } finally {
      await world.admin.call('POST', path(go))
    }
    expect(await world.run(await asSteps())).toMatchObject({
      status: 'rolled_back',
      steps: [{ status: 'compensated' }, { status: 'failed' }],
    })
  })

  test('wrong input is told before what is not allowed', async () => {
    await world.admin.call('POST', '/api/v1/freeze')
    const body = { kind: 'snapshot_droplet', input: { droplet_id: 'x' } }
    const answer = await world.admin.call('POST', '/api/v1/sagas', body)
    await world.admin.call('POST', '/api/v1/resume')
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_input', errors: [{ path: 'input.droplet_id' }] },
    })
  })

  test('an account of a step that is none is refused', async () => {
    const step = { name: 'create_droplet_snapshot', input: { account_id: 'x', droplet_id: 1 } }
    expect(await world.admin.call('POST', '/api/v1/sagas', { steps: [step] })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'input.account_id' }] },
    })
    const unknown = { ...step.input, account_id: '01890000-0000-7000-8000-000000000000' }
    const steps = [{ ...step, input: unknown }]
    expect(await world.admin.call('POST', '/api/v1/sagas', { steps })).toMatchObject({
      status: 404,
      body: { code: 'account_not_found' },
    })
  })
})

describe('looking', () => {
  test('lists are filtered, newest first, a page at a time, without ledgers', async () => {
    for (let count = 0; count < 3; count += 1) await world.run(echoes)
    const page = pageSchema(sagaSchema)
    const query = 'kind=ad_hoc&status=completed&limit=2'
    const first = await world.admin.get(`/api/v1/sagas?${query}`, page)
    const rest = await world.admin.get(`/api/v1/sagas?${query}&cursor=${first.next_cursor}`, page)
    const ids = [...first.data, ...rest.data].map(({ id }) => id)
    expect(first.data).toHaveLength(2)
    expect(ids).toEqual([...new Set(ids)].sort().reverse())
    expect(first.data[0]).not.toHaveProperty('steps')
  })

  test('what no worker can run is told from what is merely in line', async () => {
    const path = '/api/v1/sagas/stranded'
    expect(await world.viewer.call('GET', path)).toMatchObject({
      status: 200,
      body: { data: [], next_cursor: null },
    })
    const { id } = await world.engine.startAdHoc([{ name: 'echo' }], {}, { reservedFor: 'gone' })
    expect((await world.viewer.call('GET', path)).body).toEqual({
      data: [
        {
          kind: 'ad_hoc',
          version: expect.any(Number),
          count: 1,
          reserved_for: 'gone',
          missing_steps: [],
          oldest_due_at: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
      next_cursor: null,
    })
    await world.pool.query('delete from saga.saga_runs where id = $1', [id])
  })

  test('the history is told in order, a page at a time', async () => {
    const { id } = await world.run(echoes)
    const page = pageSchema(sagaEventSchema)
    const path = `/api/v1/sagas/${id}/events`
    const all = await world.admin.get(path, page)
    expect(all.next_cursor).toBeNull()
    const first = await world.admin.get(`${path}?limit=2`, page)
    const rest = await world.admin.get(`${path}?cursor=${first.next_cursor}`, page)
    expect([...first.data, ...rest.data]).toEqual(all.data)
    expect(all.data[0]).toMatchObject({ actor: 'admin' })
  })

  test.each(['', '/events'])('what is not there is 404%s', async (suffix) => {
    for (const id of ['01890000-0000-7000-8000-000000000000', 'nonsense']) {
      const answer = await world.admin.call('GET', `/api/v1/sagas/${id}${suffix}`)
      expect(answer).toMatchObject({ status: 404, body: { status: 404 } })
    }
  })
})

describe('cancelling', () => {
  test('is taken up with 202, and is a conflict once it has ended', async () => {
    await world.behindOurBack('/faults', {
      kind: 'stuck',
      match: { method: 'POST', path: '/v2/droplets/*/actions' },
    })
    const droplet = await world.db
      .selectFrom('cloud_resources')
      .select('external_id')
      .where('kind', '=', 'droplet')
      .where('status', '=', 'active')
      .executeTakeFirstOrThrow()
    const started = await world.admin.call('POST', '/api/v1/sagas', {
      steps: [{ name: 'create_droplet_snapshot' }],
      input: { droplet_id: Number(droplet.external_id) },
    })
    const { id } = sagaSchema.parse(started.body)
    const cancel = await world.admin.call('POST', `/api/v1/sagas/${id}/cancel`)
    expect(cancel).toMatchObject({ status: 202, body: { id } })
    await fetch(`${world.simulatorUrl}/_simulator/faults`, { method: 'DELETE' })
    expect(await world.ended(id)).toMatchObject({ status: 'rolled_back', cancel_requested: true })
    expect(await world.admin.call('POST', `/api/v1/sagas/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'act_refused' },
    })
  })

  test('of nothing is 404', async () => {
    const id = '01890000-0000-7000-8000-000000000000'
    expect(await world.admin.call('POST', `/api/v1/sagas/${id}/cancel`)).toMatchObject({
      status: 404,
    })
  })
})

async function sagaCount(): Promise<number> {
  const { rows } = await world.pool.query<{ n: number }>(
    'select count(*)::int as n from saga.saga_runs',
  )
  return rows[0]?.n ?? -1
}
