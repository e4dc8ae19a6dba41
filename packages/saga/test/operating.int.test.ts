import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { approval, child, parallel, StepFailed, saga, sleep, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { broken, makeThing, type World, world } from './world.ts'

// Of each test its own: some leave runs behind that any worker would take over.
let database: TestDatabase
let things: World
beforeEach(async () => {
  database = await engineDatabase()
  things = world()
})
afterEach(() => database.drop())

const nothing = z.object({})

/** A saga past its point of no return, whose last step fails as long as the test says. */
async function stuckForward() {
  let failing = true
  const pay = step('pay', { effect: 'pivot', idempotent: true, do: () => ({ paid: true }) })
  const ship = step('ship', {
    idempotent: true,
    retry: { attempts: 2, initial: 0 },
    output: z.object({ parcel: z.string() }),
    do: () => {
      if (failing) throw new StepFailed('the carrier is on strike')
      return { parcel: 'P-1' }
    },
    undo: () => {},
  })
  const order = saga('order', nothing)
    .step(pay)
    .step(ship)
    .step(
      step('thank', { effect: 'read', do: ({ context }) => ({ thanked: Object.keys(context) }) }),
    )
  const simulated = simulatedEngine(database, { sagas: [order] })
  const { id } = await simulated.engine.start(order, {})
  const worker = simulated.engine.createWorker()
  await worker.tick()
  expect((await simulated.run(id)).parked).toEqual({ reason: 'step_failed:ship', step: 1 })
  return {
    ...simulated,
    id,
    worker,
    mend: () => {
      failing = false
    },
  }
}

/** A saga whose undo got stuck. */
async function stuckBack() {
  const back = saga('back', nothing)
    .step(makeThing(things, { undoOptions: { retry: { attempts: 1 } } }))
    .step(
      step('no', {
        effect: 'read',
        do: (): undefined => broken('no')() as never,
        retry: { attempts: 1 },
      }),
    )
  const simulated = simulatedEngine(database, { sagas: [back] })
  const { id } = await simulated.engine.start(back, {})
  const worker = simulated.engine.createWorker()
  // create, look, and then no way back.
  things.faults(
    () => {},
    () => {},
    broken('the cloud is down'),
  )
  await worker.tick()
  expect((await simulated.run(id)).parked).toEqual({ reason: 'undo_exhausted:make_thing', step: 0 })
  return { ...simulated, id, worker }
}

describe('a run parked on its way forward', () => {
  it('is retried: the step has its attempts again', async () => {
    const { engine, id, worker, mend, run, history } = await stuckForward()
    await engine.retry(id, { actor: 'ada' })
    await worker.tick()
    expect((await run(id)).parked?.reason).toBe('step_failed:ship')
    mend()
    await engine.retry(id, { actor: 'ada' })
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'completed', context: { parcel: 'P-1' } })
    expect((await history(id)).filter((event) => event.startsWith('step_retried'))).toHaveLength(2)
    const resumed = (await engine.events(id)).find(({ type }) => type === 'run_resumed')
    expect(resumed).toMatchObject({ actor: 'ada', detail: { act: 'retry' } })
  })

  it('leaves the step out, with the reason in its history', async () => {
    const { engine, id, worker, run, ledger } = await stuckForward()
    await engine.skip(id, { reason: 'collected in person', actor: 'ada' })
    await worker.tick()
    expect(await ledger(id)).toEqual(['pay: completed', 'ship: skipped', 'thank: completed'])
    expect(await run(id)).toMatchObject({ status: 'completed', context: { thanked: ['paid'] } })
    const skipped = (await engine.events(id)).find(({ type }) => type === 'step_skipped')
    expect(skipped).toMatchObject({
      idx: 1,
      actor: 'ada',
      detail: { reason: 'collected in person' },
    })
  })

  it('takes the step as done by hand, with an output that is checked', async () => {
    const { engine, id, worker, run, ledger } = await stuckForward()
    await expect(engine.resolve(id, { reason: 'by hand', output: { parcel: 5 } })).rejects.toThrow(
      'the output is not valid: parcel: ',
    )
    await engine.resolve(id, { reason: 'by hand', output: { parcel: 'P-9' } })
    await worker.tick()
    expect(await ledger(id)).toEqual(['pay: completed', 'ship: completed', 'thank: completed'])
    expect((await run(id)).context).toEqual({
      paid: true,
      parcel: 'P-9',
      thanked: ['paid', 'parcel'],
    })
  })

  it('is abandoned: it has failed, and names what it leaves behind', async () => {
    const { engine, id, worker, run } = await stuckForward()
    await engine.abandon(id, { reason: 'written off', actor: 'ada' })
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'failed',
      error: { reason: 'abandoned', left_behind: [{ idx: 0, name: 'pay' }] },
    })
  })

  it('past its point of no return is neither cancelled nor rolled back', async () => {
    const { engine, id } = await stuckForward()
    await expect(engine.cancel(id)).rejects.toThrow('past its point of no return')
    await expect(engine.rollBack(id)).rejects.toThrow('it has not ended (parked)')
    expect(await engine.acts(id)).toMatchObject({
      retry: null,
      skip: null,
      resolve: null,
      abandon: null,
      cancel: expect.stringContaining('no return'),
      park: 'it is parked already (step_failed:ship)',
    })
  })
})

describe('a run parked on its way back', () => {
  it('is retried: the undo has its attempts again', async () => {
    const { engine, id, worker, run } = await stuckBack()
    await engine.retry(id)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(things.things.size).toBe(0)
  })

  it('leaves the effect where it is, and ends as failed', async () => {
    const { engine, id, worker, run, ledger } = await stuckBack()
    await engine.skip(id, { reason: 'we keep it' })
    await worker.tick()
    expect(await ledger(id)).toEqual(['make_thing: undo_skipped', 'no: failed'])
    expect(await run(id)).toMatchObject({
      status: 'failed',
      error: { reason: 'step_failed:no', left_behind: [{ idx: 0, name: 'make_thing' }] },
    })
  })

  it('takes the effect as removed by hand', async () => {
    const { engine, id, worker, run, ledger } = await stuckBack()
    await engine.resolve(id, { reason: 'removed by hand' })
    await worker.tick()
    expect(await ledger(id)).toEqual(['make_thing: compensated', 'no: failed'])
    expect((await run(id)).status).toBe('rolled_back')
  })

  it('is abandoned', async () => {
    const { engine, id, worker, run } = await stuckBack()
    await engine.abandon(id, { reason: 'enough' })
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'failed',
      error: { left_behind: [{ name: 'make_thing' }] },
    })
  })
})

describe('a run that an operator parks', () => {
  it('lets the call under way end, says who and why, and goes on when it is told to', async () => {
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const slow = step('slow', {
      idempotent: true,
      do: async () => {
        begun.resolve()
        await gate.promise
        return { slow: true }
      },
      undo: () => {},
    })
    const two = saga('two', nothing).step(slow).step(makeThing(things))
    const { engine, run, ledger } = simulatedEngine(database, { sagas: [two] })
    const { id } = await engine.start(two, {})
    const worker = engine.createWorker({ pollMs: 10 })
    worker.start()
    await begun.promise
    await engine.park(id, { reason: 'change freeze', actor: 'ada' })
    await expect.poll(async () => (await run(id)).status).toBe('parked')
    expect(await ledger(id)).toEqual(['slow: running'])
    gate.resolve()
    await expect.poll(async () => (await run(id)).workerId).toBeNull()
    expect(await run(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'asked:change freeze' },
    })
    expect(await ledger(id)).toEqual(['slow: completed'])
    await engine.retry(id)
    await expect.poll(async () => (await run(id)).status).toBe('completed')
    await worker.stop({ graceMs: 0 })
  })

  it('may be cancelled instead', async () => {
    const long = saga('long', nothing).step(makeThing(things)).step(sleep('rest', '1d'))
    const { engine, run } = simulatedEngine(database, { sagas: [long] })
    const { id } = await engine.start(long, {})
    const worker = engine.createWorker()
    await worker.tick()
    await engine.park(id, { reason: 'wait' })
    await worker.tick()
    await engine.cancel(id)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(things.things.size).toBe(0)
  })
})

describe('a completed run', () => {
  it('is rolled back, under its locks, with the reason in its history', async () => {
    const locked = saga('locked', nothing, { locks: () => ['a/b/c'] }).step(makeThing(things))
    const { engine, run, ledger, history } = simulatedEngine(database, { sagas: [locked] })
    const { id } = await engine.start(locked, {})
    const worker = engine.createWorker()
    await worker.tick()
    const { id: rival } = await engine.start(locked, {})
    await worker.tick()
    expect((await run(rival)).status).toBe('completed')
    await engine.rollBack(id, { reason: 'wrong size', actor: 'ada' })
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'rolled_back', compensate_from_idx: 0 },
    })
    expect(await ledger(id)).toEqual(['make_thing: compensated'])
    expect(await history(id)).toContain('roll_back_requested')
    expect(things.things.size).toBe(1)
    await expect(engine.rollBack(id)).rejects.toThrow('it has ended (rolled_back)')
  })

  it('waits for the locks that others have taken since', async () => {
    const locked = saga('locked', nothing, { locks: () => ['a/b/c'] }).step(makeThing(things))
    const holder = saga('holder', nothing, { locks: () => ['a/b/c'] }).step(sleep('rest', '1h'))
    const { engine, run, clock } = simulatedEngine(database, { sagas: [locked, holder] })
    const { id } = await engine.start(locked, {})
    const worker = engine.createWorker()
    await worker.tick()
    await engine.start(holder, {})
    await worker.tick()
    await engine.rollBack(id)
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'lock', direction: 'undo' })
    expect(things.things.size).toBe(1)
    clock.advance(3_600_001)
    await worker.tick()
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
  })

  it('is not rolled back past a point of no return', async () => {
    const pay = step('pay', { effect: 'pivot', idempotent: true, do: () => ({ paid: true }) })
    const order = saga('order', nothing).step(pay)
    const { engine } = simulatedEngine(database, { sagas: [order] })
    const { id } = await engine.start(order, {})
    await engine.createWorker().tick()
    await expect(engine.rollBack(id)).rejects.toThrow(
      'cannot be rolled back: it has passed its point of no return',
    )
  })
})

describe('an act', () => {
  it('that was accepted but comes too late is refused in the history, and changes nothing', async () => {
    const { engine, id, worker, mend, run, store } = await stuckForward()
    mend()
    await engine.retry(id, { actor: 'ada' })
    await store.insertSignal({
      runId: id,
      type: 'abandon',
      actor: 'bob',
      payload: { reason: 'late' },
    })
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
    const said = (await engine.events(id)).find(({ type }) => type === 'act_refused')
    expect(said).toMatchObject({
      actor: 'bob',
      detail: { act: 'abandon', reason: 'it is not parked (running); it goes on by itself' },
    })
  })

  it('on a run that is not there is refused', async () => {
    const { engine } = simulatedEngine(database)
    const id = '01890000-0000-7000-8000-000000000000'
    await expect(engine.retry(id)).rejects.toThrow(`there is no saga run ${id}`)
    await expect(engine.acts('nonsense')).rejects.toThrow('there is no saga run nonsense')
  })

  it('survives the worker that was about to follow it', async () => {
    const { engine, id, mend, run, clock } = await stuckForward()
    mend()
    await engine.retry(id)
    // Claimed, and lost before anything was written.
    await database.pool.query(
      `update saga.saga_runs set worker_id = 'lost', epoch = epoch + 1, revision = revision + 1
       where id = $1`,
      [id],
    )
    await database.pool.query(
      `insert into saga.saga_workers (id, name, started_at, lease_until)
       values ('lost', 'lost', now(), $1)`,
      [new Date(clock.now() - 1).toISOString()],
    )
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
  })
})

describe('a preview', () => {
  it('says what would run, what undoes it and which locks it takes, and touches nothing', async () => {
    const inner = saga('inner', nothing).step(makeThing(things))
    const outer = saga('outer', z.object({ size: z.number() }), {
      locks: ({ size }) => [`size/${size}`],
    })
      .step(approval('sign_off'))
      .step(parallel([child(inner), sleep('rest', '1s')]))
      .step(step('pay', { effect: 'pivot', idempotent: true, do: () => ({ paid: true }) }))
    const { engine } = simulatedEngine(database, { sagas: [outer] })
    expect(await engine.preview('outer', { size: 3 })).toEqual({
      kind: 'outer',
      version: 1,
      locks: ['size/3'],
      pointOfNoReturn: 3,
      steps: [
        expect.objectContaining({
          name: 'sign_off',
          does: 'approval',
          undo: 'none_needed',
          group: null,
        }),
        expect.objectContaining({
          name: 'inner',
          does: 'child',
          undo: 'child',
          group: 1,
          child: {
            kind: 'inner',
            version: 1,
            steps: [expect.objectContaining({ name: 'make_thing', undo: 'undo' })],
          },
        }),
        expect.objectContaining({ name: 'rest', does: 'sleep', group: 1 }),
        expect.objectContaining({ name: 'pay', effect: 'pivot', undo: 'impossible' }),
      ],
    })
    expect((await engine.list()).data).toEqual([])
    expect(things.calls).toEqual([])
    await expect(engine.preview('outer', { size: 'x' })).rejects.toThrow('size: ')
    await expect(engine.preview('nobody', {})).rejects.toThrow('there is no saga of kind "nobody"')
  })
})
