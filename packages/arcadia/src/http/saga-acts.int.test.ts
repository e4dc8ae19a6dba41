import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pageSchema } from './pages.ts'
import { sagaEventSchema, sagaSchema } from './schemas/saga.ts'
import { type ApiWorld, apiWorld } from './testing/api-world.ts'
import { sagasOfTests } from './testing/sagas.ts'
import { until } from './testing/until.ts'

const { put, clear, sagas } = sagasOfTests()
let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ sagas })
  await world.sync()
})
afterAll(() => world.close())

type Saga = z.infer<typeof sagaSchema>
const unknownId = '01890000-0000-7000-8000-000000000000'
const look = (id: string) => world.admin.get(`/api/v1/sagas/${id}`, sagaSchema)
const act = (id: string, name: string, body?: object) =>
  world.admin.call('POST', `/api/v1/sagas/${id}/${name}`, body)

async function start(kind: string, input: object = {}): Promise<string> {
  const answer = await world.admin.call('POST', '/api/v1/sagas', { kind, input })
  expect(answer.status).toBe(201)
  return sagaSchema.parse(answer.body).id
}

const reached = (id: string, what: string, holds: (saga: Saga) => boolean) =>
  until(`saga ${id} ${what}`, () => look(id), holds)
const waiting = (id: string) =>
  reached(id, 'waits for an answer', ({ waits_for }) => waits_for === 'signal')

const going = (id: string, status: string) =>
  reached(id, `is ${status}`, (saga) => saga.status === status)

/** A saga that is parked, on its way forward past its pivot, or on its way back. */
async function stuck(direction: 'forward' | 'back', way: string): Promise<Saga> {
  if (direction === 'forward') {
    put(`${way}/a closed door`)
    return world.ended(await start('sticky_way_on', { way }))
  }
  put(`${way}/the undo`)
  const id = await start('approved_change', { way })
  await waiting(id)
  await act(id, 'reject', { reason: 'no' })
  return world.ended(id)
}

async function history(id: string, type: string) {
  const page = await world.admin.get(`/api/v1/sagas/${id}/events`, pageSchema(sagaEventSchema))
  return page.data.filter((event) => event.type === type)
}

describe('an approval', () => {
  test('lets the saga go on, with who gave it and what was sent along', async () => {
    const id = await start('approved_change')
    const saga = await waiting(id)
    expect(saga).toMatchObject({
      status: 'waiting',
      acts: { approve: null, reject: null, cancel: null, retry: expect.stringContaining('parked') },
      plan: [{ name: 'make_thing' }, { name: 'may_it', kind: 'approval' }, {}],
      steps: [{}, { name: 'may_it', status: 'waiting', deadline_at: null }],
    })
    const answer = await act(id, 'approve', { payload: { size: 3 } })
    expect(answer).toMatchObject({ status: 202, body: { id, kind: 'approved_change' } })
    expect(await world.ended(id)).toMatchObject({
      status: 'completed',
      context: { may_it: { by: 'admin', payload: { size: 3 } } },
    })
    const [answered] = await history(id, 'step_answered')
    expect(answered).toMatchObject({ actor: 'admin' })
  })

  test('takes no body where nothing has to be said', async () => {
    const id = await start('approved_change')
    await waiting(id)
    expect(await act(id, 'approve')).toMatchObject({ status: 202 })
    expect(await world.ended(id)).toMatchObject({ status: 'completed' })
  })

  test('is refused where none is waited for, and when it says what the step does not take', async () => {
    const id = await start('approved_change')
    await waiting(id)
    expect(await act(id, 'approve', { payload: { size: 'XL' } })).toMatchObject({
      status: 422,
      body: { code: 'invalid_input', errors: [{ path: 'payload.size' }] },
    })
    expect(await act(id, 'approve', { step: 'another' })).toMatchObject({
      status: 409,
      body: { code: 'act_refused', detail: expect.stringContaining('it waits for may_it') },
    })
    await act(id, 'approve', {})
    await world.ended(id)
    expect(await act(id, 'approve', {})).toMatchObject({
      status: 409,
      body: { code: 'act_refused', detail: expect.stringContaining('it has ended (completed)') },
    })
  })

  test('of several has to be named', async () => {
    const id = await start('two_answers')
    await reached(id, 'waits for two', ({ steps = [] }) =>
      [0, 1].every((idx) => steps[idx]?.status === 'waiting'),
    )
    expect((await look(id)).plan).toEqual([
      { name: 'may_it_begin', kind: 'approval', group: 0 },
      { name: 'may_it_cost', kind: 'approval', group: 0 },
    ])
    expect(await act(id, 'approve')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('may_it_begin, may_it_cost') },
    })
    await act(id, 'approve', { step: 'may_it_begin' })
    await act(id, 'reject', { step: 'may_it_cost', reason: 'too much' })
    expect(await world.ended(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'rejected:may_it_cost' },
      steps: [{ status: 'compensated' }, { status: 'failed', error: { message: 'too much' } }],
    })
  })

  test('that is turned down takes the saga back', async () => {
    const id = await start('approved_change')
    await waiting(id)
    expect(await act(id, 'reject', { reason: 'not today' })).toMatchObject({ status: 202 })
    expect(await world.ended(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'rejected:may_it' },
      steps: [{ status: 'compensated' }, { error: { message: 'not today' } }],
    })
  })
})

describe('a signal', () => {
  test('gives a step what it waits for', async () => {
    const id = await start('told_change')
    await waiting(id)
    const wrong = await act(id, 'signal', { name: 'dns_moved', payload: 7 })
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: 'payload' }] } })
    expect(await act(id, 'signal', { name: 'rain', payload: 'x' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('dns_moved') },
    })
    const told = await act(id, 'signal', { name: 'dns_moved', payload: 'to 10.0.0.1' })
    expect(told).toMatchObject({ status: 202 })
    expect(await world.ended(id)).toMatchObject({
      status: 'completed',
      context: { dns_moved: { by: 'admin', payload: 'to 10.0.0.1' } },
    })
  })
})

describe('a saga that is parked', () => {
  test('by an operator goes on when it is retried', async () => {
    const id = await start('approved_change')
    await waiting(id)
    expect(await act(id, 'park', { reason: 'an incident' })).toMatchObject({ status: 202 })
    expect(await world.ended(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'asked:an incident' },
      acts: { park: expect.stringContaining('parked already'), retry: null, abandon: null },
    })
    expect(await history(id, 'run_parked')).toMatchObject([{ actor: 'admin' }])
    expect(await act(id, 'retry')).toMatchObject({ status: 202 })
    await waiting(id)
    await act(id, 'approve')
    expect(await world.ended(id)).toMatchObject({ status: 'completed', parked: null })
  })

  test('tries again what stood in its way', async () => {
    const { id, ...saga } = await stuck('forward', 'again')
    expect(saga).toMatchObject({
      status: 'parked',
      parked: { reason: 'step_failed:tell_about_thing', step: 2 },
      acts: {
        retry: null,
        skip: null,
        resolve: null,
        cancel: expect.stringContaining('no return'),
      },
    })
    await act(id, 'retry')
    const parked = () => history(id, 'run_parked')
    await until('it is stuck again', parked, ({ length }) => length === 2)
    expect(await history(id, 'run_resumed')).toMatchObject([{ actor: 'admin' }])
    clear('again/a closed door')
    await act(id, 'retry')
    expect(await going(id, 'completed')).toMatchObject({
      context: { told: 'by the program' },
    })
  })

  test('leaves out what it got stuck at', async () => {
    const { id } = await stuck('forward', 'leave')
    expect(await act(id, 'skip', { reason: 'nobody listens' })).toMatchObject({ status: 202 })
    expect(await going(id, 'completed')).toMatchObject({
      steps: [{}, {}, { status: 'skipped' }, { status: 'completed' }],
    })
    expect(await history(id, 'step_skipped')).toMatchObject([
      { actor: 'admin', detail: { reason: 'nobody listens' } },
    ])
  })

  test('takes what was done by hand for done', async () => {
    const { id } = await stuck('forward', 'by-hand')
    const body = { reason: 'told by hand', output: { told: 'by ann' } }
    expect(await act(id, 'resolve', body)).toMatchObject({ status: 202 })
    expect(await going(id, 'completed')).toMatchObject({ context: { told: 'by ann' } })
  })

  test('on its way back ends rolled back where its effect was removed by hand', async () => {
    const { id, ...saga } = await stuck('back', 'removed')
    expect(saga).toMatchObject({
      status: 'parked',
      parked: { reason: 'undo_exhausted:make_thing', step: 0 },
      steps: [
        { status: 'compensating', undo_error: { message: 'the undo stands in the way' } },
        {},
      ],
    })
    await act(id, 'resolve', { reason: 'removed by hand' })
    expect(await going(id, 'rolled_back')).toMatchObject({ parked: null })
  })

  test('ends failed when it is abandoned, and names what it leaves behind', async () => {
    const { id } = await stuck('back', 'abandoned')
    expect(await act(id, 'abandon', { reason: 'it may stay' })).toMatchObject({ status: 202 })
    expect(await going(id, 'failed')).toMatchObject({
      error: { left_behind: [{ idx: 0, name: 'make_thing' }] },
    })
    expect(await history(id, 'run_abandoned')).toMatchObject([{ actor: 'admin' }])
  })
})

describe('a completed saga', () => {
  const anyDroplet = async () => {
    const { external_id: id } = await world.db
      .selectFrom('cloud_resources')
      .select('external_id')
      .where('kind', '=', 'droplet')
      .executeTakeFirstOrThrow()
    return Number(id)
  }
  const snapshot = async () =>
    world.run({ kind: 'snapshot_droplet', input: { droplet_id: await anyDroplet() } })
  const deleted = async () => {
    const shape = z.object({ requests: z.array(z.object({ method: z.string() })) })
    const response = await fetch(`${world.simulatorUrl}/_simulator/requests`)
    const { requests } = shape.parse(await response.json())
    return requests.filter(({ method }) => method === 'DELETE').length
  }

  test('is rolled back, in the cloud too', async () => {
    const { id, acts } = await snapshot()
    expect(acts).toMatchObject({ rollback: null, cancel: 'it has ended (completed)' })
    const before = await deleted()
    const answer = await act(id, 'rollback', { reason: 'the wrong droplet' })
    expect(answer).toMatchObject({ status: 202, body: { id } })
    expect(await going(id, 'rolled_back')).toMatchObject({ error: { reason: 'rolled_back' } })
    expect(await deleted()).toBe(before + 1)
    expect(await act(id, 'rollback')).toMatchObject({ status: 409, body: { code: 'act_refused' } })
  })

  test('past its point of no return stays', async () => {
    const id = await start('sticky_way_on')
    const { acts } = await world.ended(id)
    expect(acts?.rollback).toBe('it has passed its point of no return')
    expect(await act(id, 'rollback')).toMatchObject({ status: 409 })
  })

  test.each([
    ['frozen', '/api/v1/freeze', '/api/v1/resume'],
    ['writes_disabled', 'disable-writes', 'enable-writes'],
  ])('is not rolled back while %s: nothing is sent', async (code, stop, go) => {
    const path = (name: string) =>
      name.startsWith('/') ? name : `/api/v1/accounts/${world.account.id}/${name}`
    const { id } = await snapshot()
    const writes = await world.cloudWrites()
    await world.admin.call('POST', path(stop))
    try {
      expect(await act(id, 'rollback')).toMatchObject({ status: 409, body: { code } })
      const { acts } = await look(id)
      expect(acts?.rollback).toMatch(/frozen|not enabled/)
    } finally {
      await world.admin.call('POST', path(go))
    }
    expect(await world.cloudWrites()).toBe(writes)
    expect(await look(id)).toMatchObject({ status: 'completed', acts: { rollback: null } })
  })
})

describe('while all is frozen', () => {
  const whileFrozen = async (work: () => Promise<void>) => {
    await world.admin.call('POST', '/api/v1/freeze', { reason: 'incident 7' })
    try {
      await work()
    } finally {
      await world.admin.call('POST', '/api/v1/resume')
    }
  }
  const refused = {
    status: 409,
    body: { code: 'frozen', detail: expect.stringContaining('incident 7') },
  }

  test('nothing is approved after which a cloud would be changed; it may be turned down', async () => {
    const [one, other] = [await start('approved_change'), await start('approved_change')]
    await waiting(one)
    await waiting(other)
    await whileFrozen(async () => {
      expect(await act(one, 'approve')).toMatchObject(refused)
      expect((await look(one)).acts).toMatchObject({
        approve: expect.stringContaining('incident 7'),
        reject: null,
        cancel: null,
        park: null,
      })
      expect(await act(other, 'reject', { reason: 'no' })).toMatchObject({ status: 202 })
      expect(await world.ended(other)).toMatchObject({ status: 'rolled_back' })
    })
    expect(await act(one, 'approve')).toMatchObject({ status: 202 })
    expect(await world.ended(one)).toMatchObject({ status: 'completed' })
  })

  test('what changes no cloud afterwards is approved', async () => {
    const id = await start('sticky_way_back')
    await waiting(id)
    await whileFrozen(async () => {
      expect(await act(id, 'approve')).toMatchObject({ status: 202 })
      expect(await world.ended(id)).toMatchObject({ status: 'completed' })
    })
  })

  test('a signal is refused that would set a change going', async () => {
    const id = await start('told_change')
    await waiting(id)
    const told = { name: 'dns_moved', payload: 'x' }
    await whileFrozen(async () => {
      expect(await act(id, 'signal', told)).toMatchObject(refused)
    })
    expect(await act(id, 'signal', told)).toMatchObject({ status: 202 })
  })

  test('no saga is set going on its way forward, but any on its way back', async () => {
    const forward = await stuck('forward', 'frozen')
    const back = await stuck('back', 'frozen')
    clear('frozen/the undo')
    await whileFrozen(async () => {
      expect(await act(forward.id, 'retry')).toMatchObject(refused)
      expect(await act(forward.id, 'skip', { reason: 'x' })).toMatchObject(refused)
      expect(await act(forward.id, 'resolve', { reason: 'x' })).toMatchObject(refused)
      expect(await act(back.id, 'retry')).toMatchObject({ status: 202 })
      expect(await going(back.id, 'rolled_back')).toMatchObject({
        error: { reason: 'rejected:may_it' },
      })
    })
    expect(await look(forward.id)).toMatchObject({ status: 'parked' })
  })

  test('the last change of a saga is left out, or was made by hand, but not tried again', async () => {
    put('last/a fuse')
    for (const name of ['skip', 'resolve']) {
      const { id } = await world.ended(await start('sticky_cloud', { way: 'last' }))
      await whileFrozen(async () => {
        expect(await act(id, 'retry')).toMatchObject(refused)
        expect(await act(id, name, { reason: 'no power' })).toMatchObject({ status: 202 })
        await going(id, 'completed')
      })
    }
  })
})

describe('every act', () => {
  const bodies: { readonly [name: string]: object | undefined } = {
    cancel: undefined,
    approve: {},
    reject: { reason: 'x' },
    signal: { name: 'dns_moved' },
    park: { reason: 'x' },
    retry: undefined,
    skip: { reason: 'x' },
    resolve: { reason: 'x' },
    abandon: { reason: 'x' },
    rollback: {},
  }

  test.each(Object.entries(bodies))('%s is 404 for what is not there', async (name, body) => {
    for (const id of [unknownId, 'nonsense']) {
      expect(await act(id, name, body)).toMatchObject({ status: 404 })
    }
  })

  test('has its reason in the list of acts, by its address', async () => {
    const { acts = {} } = await world.run({ steps: [{ name: 'echo' }] })
    expect(Object.keys(acts).sort()).toEqual(Object.keys(bodies).sort())
    expect(acts).toMatchObject({ park: 'it has ended (completed)', rollback: null })
  })

  test.each(Object.entries(bodies).filter(([, body]) => body !== undefined && 'reason' in body))(
    '%s has to say why',
    async (name) => {
      const id = await start('approved_change')
      for (const body of [{}, { reason: '' }, { reason: 'x'.repeat(2_001) }]) {
        expect(await act(id, name, body)).toMatchObject({
          status: 422,
          body: { code: 'invalid_request', errors: [{ path: 'reason' }] },
        })
      }
      expect((await act(id, name)).status).toBeGreaterThanOrEqual(400)
      expect(await act(id, name, { reason: 'x', force: true })).toMatchObject({ status: 422 })
      await act(id, 'cancel')
    },
  )

  test.each(Object.entries(bodies))('%s is not for a viewer', async (name, body) => {
    const answer = await world.viewer.call('POST', `/api/v1/sagas/${unknownId}/${name}`, body)
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })
})

describe('a tree of sagas', () => {
  test('is listed by its root, and each names its parent', async () => {
    const root = await start('family')
    const top = await reached(root, 'waits for its child', ({ waits_for }) => waits_for === 'child')
    const childId = z.uuid().parse(top.steps?.[0]?.child_id)
    expect(top).toMatchObject({
      root_id: root,
      parent_id: null,
      plan: [{ name: 'approved_change', kind: 'child' }],
    })
    const page = await world.admin.get(`/api/v1/sagas?root_id=${root}`, pageSchema(sagaSchema))
    expect(page.data).toMatchObject([
      { id: childId, root_id: root, parent_id: root, parent_step: 0, kind: 'approved_change' },
    ])
    await waiting(childId)
    await act(childId, 'approve')
    expect(await world.ended(root)).toMatchObject({ status: 'completed' })
    expect((await look(childId)).acts?.rollback).toContain(root)
  })
})

describe('a list of several statuses', () => {
  test('is in one order, a page at a time, with nothing twice', async () => {
    for (let at = 0; at < 3; at += 1) {
      await world.run({ steps: [{ name: 'echo' }] })
      await world.run({ steps: [{ name: 'fail' }] })
    }
    const page = pageSchema(sagaSchema)
    const query = 'kind=ad_hoc&status=completed,rolled_back,completed'
    const whole = await world.admin.get(`/api/v1/sagas?${query}&limit=200`, page)
    expect(new Set(whole.data.map(({ status }) => status))).toEqual(
      new Set(['completed', 'rolled_back']),
    )
    expect(whole.next_cursor).toBeNull()
    const ids: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const from = cursor === undefined ? '' : `&cursor=${cursor}`
      const part = await world.admin.get(`/api/v1/sagas?${query}&limit=2${from}`, page)
      expect(part.data.length).toBeLessThanOrEqual(2)
      ids.push(...part.data.map(({ id }) => id))
      cursor = part.next_cursor
    }
    expect(ids).toEqual(whole.data.map(({ id }) => id))
    expect(ids).toEqual([...new Set(ids)].sort().reverse())
  })
})
