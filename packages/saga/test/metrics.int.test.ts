import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import {
  createEngine,
  type EngineOptions,
  echo,
  StepFailed,
  saga,
  sleep,
  step,
} from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { recordingLog } from './recording-log.ts'
import { recordedMetrics } from './telemetry.ts'

let database: TestDatabase
let metrics: ReturnType<typeof recordedMetrics>
beforeEach(async () => {
  database = await engineDatabase()
  metrics = recordedMetrics()
})
afterEach(async () => {
  await metrics.stop()
  await database.drop()
})

const without = (lines: readonly string[], ...names: string[]) =>
  lines.filter((line) => !names.some((name) => line.startsWith(name)))

describe('the metrics', () => {
  it('of a known course of events are exact', async () => {
    const { meterProvider, collect } = metrics
    const flaky = step('flaky', {
      idempotent: true,
      retry: { attempts: 3, initial: '1s', jitter: 0 },
      do: ({ attempt }) => {
        clock.advance(250)
        if (attempt < 3) throw new StepFailed('not yet', { retryable: true })
      },
      undo: ({ attempt }) => {
        clock.advance(500)
        if (attempt < 2) throw new Error('not yet')
      },
      undoOptions: { retry: { attempts: 2, initial: '1s', jitter: 0 } },
    })
    const refuses = step('refuses', {
      effect: 'read',
      do: () => {
        throw new StepFailed('no')
      },
    })
    const stuck = step('stuck', {
      idempotent: true,
      do: () => {},
      undo: () => {
        throw new Error('no')
      },
      undoOptions: { retry: { attempts: 1 } },
    })
    const sagas = [
      saga('good', z.object({})).step(flaky),
      saga('bad', z.object({})).step(flaky).step(refuses),
      saga('ugly', z.object({})).step(stuck).step(refuses),
    ]
    const { engine, clock } = simulatedEngine(database, { sagas, telemetry: { meterProvider } })
    for (const { kind } of sagas) await engine.startKind(kind, {})
    await engine.startKind('good', {}, { key: 'once' })
    await engine.startKind('good', {}, { key: 'once' })
    // One after the other, for the calls move the one clock that measures them.
    const worker = engine.createWorker({ concurrency: 1 })
    for (let n = 0; n < 24; n += 1) {
      await worker.tick()
      clock.advance(3_000)
    }
    const parked = (await engine.list({ kind: 'ugly' })).data[0]
    await engine.abandon(parked?.id ?? '', { reason: 'dealt with' })
    await worker.tick()
    expect(without(await collect(), 'saga.flush', 'saga.step.duration')).toEqual([
      'saga.runs.ended kind=bad status=rolled_back 1',
      'saga.runs.ended kind=good status=completed 2',
      'saga.runs.ended kind=ugly status=failed 1',
      'saga.runs.parked kind=ugly parked.reason=undo_exhausted 1',
      'saga.runs.started kind=bad 1',
      'saga.runs.started kind=good 2',
      'saga.runs.started kind=ugly 1',
      'saga.step.retries kind=bad step.name=flaky step.call=do 2',
      'saga.step.retries kind=bad step.name=flaky step.call=undo 1',
      'saga.step.retries kind=good step.name=flaky step.call=do 4',
    ])
    const durations = (await collect()).filter((line) => line.includes('step.duration kind=bad'))
    expect(durations.map((line) => line.replace('saga.step.duration kind=bad ', ''))).toEqual([
      'step.name=flaky step.call=do step.outcome=returned 1/0.25',
      'step.name=flaky step.call=do step.outcome=threw 2/0.5',
      'step.name=flaky step.call=undo step.outcome=returned 1/0.5',
      'step.name=flaky step.call=undo step.outcome=threw 1/0.5',
      'step.name=refuses step.call=do step.outcome=threw 1/0',
    ])
  })

  it('count a takeover by the worker that took over, and the call that was lost', async () => {
    const { meterProvider, collect } = metrics
    const hang = Promise.withResolvers<void>()
    const acting = Promise.withResolvers<void>()
    const slow = step('slow', {
      idempotent: true,
      do: async ({ epoch }) => {
        acting.resolve()
        if (epoch === 1) await hang.promise
      },
      undo: () => {},
    })
    const { engine, clock } = simulatedEngine(database, {
      steps: [slow],
      telemetry: { meterProvider },
    })
    await engine.startAdHoc([slow], {})
    const first = engine.createWorker().tick()
    await acting.promise
    expect((await collect()).join()).not.toContain('takeovers')
    clock.advance(10_001)
    await engine.createWorker().tick()
    hang.resolve()
    await first
    expect(await collect()).toEqual(
      expect.arrayContaining([
        'saga.lease.takeovers kind=ad_hoc 1',
        'saga.runs.ended kind=ad_hoc status=completed 1',
        'saga.step.retries kind=ad_hoc step.name=slow step.call=do 1',
      ]),
    )
  })

  it('count what a schedule starts, once for each tick', async () => {
    const { meterProvider, collect } = metrics
    const hourly = saga('hourly', z.object({})).step(echo)
    const { engine, clock } = simulatedEngine(database, {
      sagas: [hourly],
      telemetry: { meterProvider },
    })
    await engine.ensureSchedule({ name: 'n', cron: '0 * * * *', kind: 'hourly', input: {} })
    const workers = [engine.createWorker(), engine.createWorker()]
    for (let n = 0; n < 2; n += 1) {
      clock.advance(3_600_000)
      for (const worker of workers) await worker.tick()
    }
    await engine.runSchedule('n', { key: 'by-hand' })
    await engine.runSchedule('n', { key: 'by-hand' })
    expect(await collect()).toContain('saga.runs.started kind=hourly 3')
  })

  it('count the runs that were written in one statement', async () => {
    const { meterProvider, collect } = metrics
    const { engine } = simulatedEngine(database, { steps: [echo], telemetry: { meterProvider } })
    await engine.startAdHoc([echo], {})
    const told: number[] = []
    await engine.createWorker({ onFlush: ({ size }) => told.push(size) }).tick()
    // The intent, and what came of it.
    expect(told).toEqual([1, 1])
    expect(await collect()).toContain('saga.flush.size 2/2')
  })

  it('of the queue tell what is due and held by nobody, only when somebody collects', async () => {
    const { meterProvider, collect } = metrics
    const asleep = saga('asleep', z.object({})).step(sleep('nap', '1h'))
    const due = saga('due', z.object({})).step(echo)
    const log = recordingLog()
    const options = { sagas: [asleep, due], log, telemetry: { meterProvider } }
    const { engine, clock, store } = counted(options)
    await engine.start(asleep, {})
    await engine.createWorker().tick()
    const worker = engine.createWorker()
    worker.start()
    const reserved = { reservedFor: 'nobody' }
    await engine.start(due, {}, reserved)
    clock.advance(5_000)
    await engine.start(due, {}, reserved)
    expect(store.reads).toBe(0)
    const queue = async () => (await collect()).filter((line) => line.startsWith('saga.queue'))
    expect(await queue()).toEqual([
      'saga.queue.age kind=ad_hoc 0',
      'saga.queue.age kind=asleep 0',
      'saga.queue.age kind=due 5',
      'saga.queue.depth kind=ad_hoc 0',
      'saga.queue.depth kind=asleep 0',
      'saga.queue.depth kind=due 2',
    ])
    expect(store.reads).toBe(1)
    store.readQueue = () => Promise.reject(new Error('no connection'))
    await collect()
    expect(log.said('warn')).toContain(
      'the queue could not be measured; the next collection asks again',
    )
    store.readQueue = async () => []
    let stopped = false
    void worker.stop().then(() => {
      stopped = true
    })
    // What a stopping worker may wait for at most passes.
    await expect
      .poll(() => {
        clock.advance(1_000)
        return stopped
      })
      .toBe(true)
    store.readQueue = () => Promise.reject(new Error('a stopped worker asks nothing'))
    const warned = log.lines.length
    await collect()
    expect(log.lines).toHaveLength(warned)
  })

  it('do not touch the runs where what takes them throws', async () => {
    const log = recordingLog()
    const broken = () => {
      throw new Error('the meter broke')
    }
    const meter = Object.assign(metrics.meterProvider.getMeter('broken'), {
      createCounter: () => ({ add: broken }),
      createHistogram: () => ({ record: broken }),
    })
    const { engine, run } = simulatedEngine(database, {
      steps: [echo],
      log,
      telemetry: { meterProvider: { getMeter: () => meter } },
    })
    const { id } = await engine.startAdHoc([echo], {})
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
    expect(log.said('error')).toContain('telemetry failed; the runs go on without it')
  })
})

/** An engine on simulated time whose store counts how often the queue is read. */
function counted(options: Omit<EngineOptions, 'store'>) {
  const { clock, store: real } = simulatedEngine(database)
  const store = {
    ...real,
    reads: 0,
    readQueue: (params: Parameters<typeof real.readQueue>[0]) => {
      store.reads += 1
      return real.readQueue(params)
    },
  }
  return { clock, store, engine: createEngine({ ...options, store, clock, random: () => 0 }) }
}
