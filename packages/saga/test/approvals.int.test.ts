import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { approval, parallel, saga, signal, sleep, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { makeThing, type World, world } from './world.ts'

// Of each test its own: some leave runs behind that any worker would take over.
let database: TestDatabase
let things: World
beforeEach(async () => {
  database = await engineDatabase()
  things = world()
})
afterEach(() => database.drop())

const nothing = z.object({})

function release() {
  return saga('release', nothing)
    .step(makeThing(things))
    .step(approval('sign_off', { payload: z.object({ ticket: z.string() }), deadline: '1d' }))
    .step(
      step('publish', {
        effect: 'read',
        input: z.object({
          sign_off: z.object({ by: z.string(), payload: z.object({ ticket: z.string() }) }),
        }),
        do: ({ input: { sign_off } }) => ({ published_for: sign_off.payload.ticket }),
      }),
      {
        with: ({ sign_off }) => ({
          sign_off: { by: sign_off.by ?? '', payload: sign_off.payload },
        }),
      },
    )
}

async function waitingRelease() {
  const definition = release()
  const simulated = simulatedEngine(database, { sagas: [definition] })
  const { id } = await simulated.engine.start(definition, {})
  const worker = simulated.engine.createWorker()
  await worker.tick()
  return { ...simulated, id, worker }
}

describe('an approval', () => {
  it('is waited for in the database, and goes on with who gave it and what they sent', async () => {
    const { engine, id, worker, run, ledger, clock, history } = await waitingRelease()
    expect(await run(id)).toMatchObject({
      status: 'waiting',
      waitsFor: 'signal',
      workerId: null,
      wakeAt: clock.now() + 86_400_000,
    })
    await engine.approve(id, { actor: 'ada', payload: { ticket: 'T-1' } })
    await worker.tick()
    expect(await ledger(id)).toEqual([
      'make_thing: completed',
      'sign_off: completed',
      'publish: completed',
    ])
    expect(await run(id)).toMatchObject({
      status: 'completed',
      context: { sign_off: { by: 'ada', payload: { ticket: 'T-1' } }, published_for: 'T-1' },
    })
    const events = await engine.events(id)
    expect(events.find(({ type }) => type === 'step_answered')?.actor).toBe('ada')
    expect(await history(id)).toContain('step_awaiting 1')
  })

  it('that is rejected makes the saga go back, and says why', async () => {
    const { engine, id, worker, run } = await waitingRelease()
    await engine.reject(id, { reason: 'not on a Friday', actor: 'bob' })
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'rejected:sign_off', compensate_from_idx: 0 },
    })
    expect((await engine.get(id)).steps[1]).toMatchObject({
      status: 'failed',
      error: { code: 'rejected', message: 'not on a Friday' },
    })
    expect(things.things.size).toBe(0)
  })

  it('that nobody gives before its deadline has failed', async () => {
    const { engine, id, worker, run, clock } = await waitingRelease()
    clock.advance(86_400_000)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect((await engine.get(id)).steps[1]?.error?.code).toBe('deadline_exceeded')
    await expect(engine.approve(id, { payload: { ticket: 'T' } })).rejects.toThrow(
      'cannot be approved: it has ended (rolled_back)',
    )
  })

  it('outlives the worker that asked for it, and its deadline is not moved', async () => {
    const { engine, id, run, clock } = await waitingRelease()
    const { wakeAt } = await run(id)
    clock.advance(3_600_000)
    await engine.park(id, { reason: 'hold on' })
    await engine.createWorker().tick()
    await engine.retry(id)
    await engine.createWorker().tick()
    expect((await run(id)).wakeAt).toBe(wakeAt)
    await engine.approve(id, { payload: { ticket: 'T-2' } })
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
  })

  it('is refused what it does not ask for, by the path of the fault, and waits on', async () => {
    const { engine, id, run } = await waitingRelease()
    await expect(engine.approve(id, { payload: { ticket: 1 } })).rejects.toThrow(
      /the payload of "sign_off" is not valid: ticket: /,
    )
    await expect(engine.approve(id, { step: 'other' })).rejects.toThrow(
      'it does not wait for "other"; it waits for sign_off',
    )
    await expect(engine.reject(id, { reason: '' })).rejects.toThrow('reason')
    expect((await run(id)).status).toBe('waiting')
  })

  it('of several has to be named', async () => {
    const two = saga('two', nothing).step(parallel([approval('legal'), approval('finance')]))
    const { engine, run } = simulatedEngine(database, { sagas: [two] })
    const { id } = await engine.start(two, {})
    const worker = engine.createWorker()
    await worker.tick()
    await expect(engine.approve(id)).rejects.toThrow(
      'several approvals (legal, finance); say which',
    )
    await expect(engine.approve(id, { step: 'legal', payload: 1 })).rejects.toThrow('it takes none')
    await engine.approve(id, { step: 'legal' })
    await worker.tick()
    expect((await run(id)).status).toBe('waiting')
    await engine.approve(id)
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })

  it('is refused before it is asked for', async () => {
    const definition = release()
    const { engine } = simulatedEngine(database, { sagas: [definition] })
    const { id } = await engine.start(definition, {})
    await expect(engine.approve(id, { payload: { ticket: 'T' } })).rejects.toThrow(
      'it does not wait for an approval now',
    )
  })

  it('given twice at once counts once', async () => {
    const { engine, id, worker, run } = await waitingRelease()
    await Promise.all([
      engine.approve(id, { actor: 'ada', payload: { ticket: 'A' } }),
      engine.approve(id, { actor: 'bob', payload: { ticket: 'B' } }),
      engine.reject(id, { reason: 'no', actor: 'eve' }),
    ])
    await worker.tick()
    const { status, context } = await run(id)
    const ended = ['completed', 'rolled_back']
    expect(ended).toContain(status)
    if (status === 'completed') expect(context['sign_off']).toBeDefined()
    const types = (await engine.events(id)).map(({ type }) => type)
    const answers = types.filter((type) => type === 'step_answered' || type === 'step_rejected')
    expect(answers).toHaveLength(1)
  })
})

describe('a signal', () => {
  const paid = () =>
    saga('order', nothing)
      .step(sleep('pack', '1h'))
      .step(signal('paid', { payload: z.object({ amount: z.number().positive() }) }))

  it('brings its payload to the step that waits for it', async () => {
    const order = paid()
    const { engine, run, clock } = simulatedEngine(database, { sagas: [order] })
    const { id } = await engine.start(order, {})
    const worker = engine.createWorker()
    await worker.tick()
    clock.advance(3_600_001)
    await worker.tick()
    expect(await run(id)).toMatchObject({ waitsFor: 'signal', wakeAt: null })
    await engine.signal(id, 'paid', { payload: { amount: 5 }, actor: 'bank' })
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'completed',
      context: { paid: { by: 'bank', payload: { amount: 5 } } },
    })
  })

  it('that comes too early is kept for its step', async () => {
    const order = paid()
    const { engine, run, clock } = simulatedEngine(database, { sagas: [order] })
    const { id } = await engine.start(order, {})
    const worker = engine.createWorker()
    await worker.tick()
    await engine.signal(id, 'paid', { payload: { amount: 7 } })
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'time' })
    clock.advance(3_600_001)
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'completed',
      context: { paid: { payload: { amount: 7 } } },
    })
  })

  it('that the saga has no step for, or whose payload does not fit, is refused', async () => {
    const order = paid()
    const { engine } = simulatedEngine(database, { sagas: [order] })
    const { id } = await engine.start(order, {})
    await expect(engine.signal(id, 'shipped')).rejects.toThrow(
      'waits for no signal "shipped" any more, or at all; it has paid',
    )
    await expect(engine.signal(id, 'paid', { payload: { amount: -1 } })).rejects.toThrow('amount: ')
    await engine.cancel(id)
    await engine.createWorker().tick()
    await expect(engine.signal(id, 'paid', { payload: { amount: 1 } })).rejects.toThrow('has ended')
  })

  it('may not be rejected, and an approval may not be signalled', async () => {
    const order = paid()
    const { engine, clock } = simulatedEngine(database, { sagas: [order] })
    const { id } = await engine.start(order, {})
    const worker = engine.createWorker()
    await worker.tick()
    clock.advance(3_600_001)
    await worker.tick()
    await expect(engine.reject(id, { reason: 'no' })).rejects.toThrow(
      'does not wait for an approval',
    )
  })

  it('of several steps of one name answers one after the other, and no more than there are', async () => {
    const each = saga('shares', z.object({ owners: z.array(z.string()) })).each(
      'paid_shares',
      ({ owners }) => owners.map((owner) => ({ owner })),
      signal('share', { payload: z.object({ amount: z.number() }) }),
    )
    const { engine, run } = simulatedEngine(database, { sagas: [each] })
    const { id } = await engine.start(each, { owners: ['ada', 'bob'] })
    await engine.signal(id, 'share', { payload: { amount: 1 } })
    await engine.signal(id, 'share', { payload: { amount: 2 } })
    await expect(engine.signal(id, 'share', { payload: { amount: 3 } })).rejects.toThrow(
      'has got its signal "share" already',
    )
    const worker = engine.createWorker()
    await worker.tick()
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'completed',
      context: {
        paid_shares: [{ share: { payload: { amount: 1 } } }, { share: { payload: { amount: 2 } } }],
      },
    })
  })
})
