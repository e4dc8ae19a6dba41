import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { child, createEngine, echo, fail, saga, secret, step, transact } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { idOf, parentIdOf, recordedSpans, traceOf } from './telemetry.ts'
import { makeThing, world } from './world.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())
beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager()))
afterAll(() => context.disable())

describe('the spans of a run', () => {
  it('are one of the start, of each claim, of each call, and of the whole, in one trace', async () => {
    const { tracerProvider, spans, named } = recordedSpans()
    const thing = makeThing(world())
    const { engine, run } = simulatedEngine(database, {
      steps: [thing, fail],
      telemetry: { tracerProvider },
    })
    const { id } = await engine.startAdHoc([thing, fail], {})
    await engine.createWorker({ name: 'the-worker' }).tick()
    const names = spans().map(({ name }) => name)
    expect(names.toSorted()).toEqual([
      'saga ad_hoc',
      'saga.claim ad_hoc',
      'saga.start ad_hoc',
      'saga.step fail',
      ...Array(3).fill('saga.step make_thing'),
    ])
    expect(new Set(spans().map(traceOf)).size).toBe(1)
    const [start] = named('saga.start ad_hoc')
    const [claim] = named('saga.claim ad_hoc')
    const [whole] = named('saga ad_hoc')
    expect(start?.kind).toBe(SpanKind.PRODUCER)
    expect([claim, whole].map(parentIdOf)).toEqual([idOf(start), idOf(start)])
    expect(claim).toMatchObject({
      kind: SpanKind.CONSUMER,
      links: [],
      attributes: {
        'saga.id': id,
        'saga.kind': 'ad_hoc',
        'saga.version': 1,
        'saga.epoch': 1,
        'saga.worker.name': 'the-worker',
        'saga.takeover': false,
        'saga.status': 'rolled_back',
      },
    })
    const calls = spans().filter(({ name }) => name.startsWith('saga.step'))
    expect(new Set(calls.map(parentIdOf))).toEqual(new Set([idOf(claim)]))
    expect(calls.map(({ attributes }) => attributes['saga.step.call'])).toEqual([
      'do',
      'until',
      'do',
      'undo',
    ])
    expect(calls[2]).toMatchObject({
      name: 'saga.step fail',
      status: { code: SpanStatusCode.ERROR },
      events: [{ name: 'exception', attributes: { 'exception.type': 'step_failed' } }],
      attributes: {
        'saga.id': id,
        'saga.epoch': 1,
        'saga.step.name': 'fail',
        'saga.step.index': 1,
        'saga.step.attempt': 1,
        'saga.step.outcome': 'threw',
        'error.type': 'step_failed',
      },
    })
    const { createdAt, endedAt } = await run(id)
    expect(whole?.startTime).toEqual([createdAt / 1_000, 0])
    expect(whole?.endTime).toEqual([(endedAt ?? 0) / 1_000, 0])
    expect(whole?.attributes).toMatchObject({
      'saga.status': 'rolled_back',
      'saga.reason': 'step_failed:fail',
    })
  })

  it('are in one trace over two workers of which one dies, each claim linked to the one before', async () => {
    const [starter, lost, heir] = [recordedSpans(), recordedSpans(), recordedSpans()]
    const acting = Promise.withResolvers<void>()
    const never = step('never', {
      idempotent: true,
      do: async ({ epoch }) => {
        acting.resolve()
        if (epoch === 1) await new Promise(() => {})
      },
      undo: () => {},
    })
    const steps = [never]
    const { engine, clock, run } = simulatedEngine(database, {
      steps,
      telemetry: { tracerProvider: starter.tracerProvider },
    })
    const { id } = await engine.startAdHoc([never], {})
    const process = ({ tracerProvider }: ReturnType<typeof recordedSpans>, lateMs: number) =>
      createEngine({
        steps,
        telemetry: { tracerProvider },
        store: postgresStore({ pool: database.pool, now: () => clock.now() + lateMs }),
        clock: { ...clock, monotonic: () => clock.now() + lateMs },
      })
    void process(lost, 0).createWorker().tick()
    await acting.promise
    await process(heir, 10_001).createWorker().tick()
    expect(await run(id)).toMatchObject({ status: 'completed', epoch: 2 })
    const [start] = starter.named('saga.start ad_hoc')
    expect(lost.spans()).toEqual([])
    const [claim] = heir.named('saga.claim ad_hoc')
    expect(heir.spans().map(({ name }) => name)).toEqual([
      'saga.step never',
      'saga ad_hoc',
      'saga.claim ad_hoc',
    ])
    expect(new Set(heir.spans().map(traceOf))).toEqual(new Set([traceOf(start)]))
    expect(parentIdOf(claim)).toBe(idOf(start))
    expect(claim?.attributes).toMatchObject({ 'saga.epoch': 2, 'saga.takeover': true })
    // The link names the span of the worker that died, which was never sent.
    expect(claim?.links).toHaveLength(1)
    const link = claim?.links[0]?.context
    expect(link?.traceId).toBe(traceOf(start))
    expect([idOf(start), idOf(claim)]).not.toContain(link?.spanId)
  })

  it('go on from claim to claim when the run has waited', async () => {
    const { tracerProvider, named } = recordedSpans()
    const w = world()
    const thing = makeThing(w)
    let looks = 0
    w.isReady = async () => ++looks > 2
    const { engine, clock } = simulatedEngine(database, {
      steps: [thing],
      telemetry: { tracerProvider },
    })
    await engine.startAdHoc([thing], {})
    const worker = engine.createWorker()
    for (let n = 0; n < 3; n += 1) {
      await worker.tick()
      clock.advance(5_000)
    }
    const claims = named('saga.claim ad_hoc')
    expect(claims.map(({ links }) => links.map(({ context: { spanId } }) => spanId))).toEqual([
      [],
      [idOf(claims[0])],
      [idOf(claims[1])],
    ])
  })

  it('hang below the span that the run is started in, and hold those of its steps', async () => {
    const { tracerProvider, spans, named } = recordedSpans()
    const tracer = tracerProvider.getTracer('the-host')
    const calls = step('calls', {
      effect: 'read',
      do: async () => {
        await Promise.resolve()
        tracer.startSpan('GET /').end()
      },
    })
    const sql = transact('sql', { do: () => tracer.startSpan('INSERT').end() })
    const { engine, run } = simulatedEngine(database, {
      steps: [calls, sql],
      telemetry: { tracerProvider },
    })
    const { id, request } = await tracer.startActiveSpan('POST /', async (span) => {
      const { id: started } = await engine.startAdHoc([calls, sql], {})
      span.end()
      return { id: started, request: span.spanContext() }
    })
    await engine.createWorker().tick()
    expect((await run(id)).traceContext?.traceparent).toBe(
      `00-${request.traceId}-${request.spanId}-01`,
    )
    expect(new Set(spans().map(traceOf))).toEqual(new Set([request.traceId]))
    expect(parentIdOf(named('saga.claim ad_hoc')[0])).toBe(request.spanId)
    expect(parentIdOf(named('GET /')[0])).toBe(idOf(named('saga.step calls')[0]))
    expect(parentIdOf(named('INSERT')[0])).toBe(idOf(named('saga.step sql')[0]))
  })

  it('of a child are in the trace of its parent, whoever runs it', async () => {
    const [first, second] = [recordedSpans(), recordedSpans()]
    const own = saga('own', z.object({})).step(echo)
    const parent = saga('parent', z.object({})).step(child(own))
    const options = { sagas: [parent], telemetry: { tracerProvider: first.tracerProvider } }
    const { engine, clock } = simulatedEngine(database, options)
    await engine.start(parent, {})
    await engine.createWorker().tick()
    const other = simulatedEngine(database, {
      sagas: [parent],
      clock,
      telemetry: { tracerProvider: second.tracerProvider },
    })
    const worker = other.engine.createWorker()
    for (let n = 0; n < 2; n += 1) await worker.tick()
    const [start] = first.named('saga.start parent')
    const [claim] = second.named('saga.claim own')
    expect(parentIdOf(claim)).toBe(idOf(first.named('saga.claim parent')[0]))
    expect(second.named('saga parent')).toHaveLength(1)
    const all = [...first.spans(), ...second.spans()]
    expect(new Set(all.map(traceOf))).toEqual(new Set([traceOf(start)]))
  })

  it('of a run whose starter makes no spans are in a trace of its own id', async () => {
    const { tracerProvider, spans } = recordedSpans()
    const silent = simulatedEngine(database, { steps: [echo] })
    const { id } = await silent.engine.startAdHoc([echo], {})
    const { engine } = simulatedEngine(database, {
      steps: [echo],
      clock: silent.clock,
      telemetry: { tracerProvider },
    })
    await database.pool.query('update saga.saga_runs set trace_context = null')
    await engine.createWorker().tick()
    expect(spans().map(({ name }) => name)).toContain('saga ad_hoc')
    expect(new Set(spans().map(traceOf))).toEqual(new Set([id.replaceAll('-', '')]))
  })

  it('say what went wrong without the secrets that were in it', async () => {
    const { tracerProvider, spans } = recordedSpans()
    const leaks = step('leaks', {
      effect: 'read',
      retry: { attempts: 1 },
      do: async (args) => {
        throw new Error(`401 for ${await args.secret(secret('token'))}`)
      },
    })
    const { engine } = simulatedEngine(database, {
      steps: [leaks],
      secrets: () => 'hunter22',
      telemetry: { tracerProvider },
    })
    await engine.startAdHoc([leaks], {})
    await engine.createWorker().tick()
    const told = JSON.stringify(
      spans().map(({ events, status, attributes }) => [events, status, attributes]),
    )
    expect(told).toContain('401 for [secret token]')
    expect(told).not.toContain('hunter22')
  })
})

describe('tracing that does not work', () => {
  it.each([
    ['no provider at all', undefined],
    ['one that samples nothing', new TracerProvider({ sampler: new AlwaysOffSampler() })],
    ['one whose processor throws', new TracerProvider({ spanProcessors: [throwing()] })],
  ])('does not touch the runs: %s', async (_, tracerProvider) => {
    const { engine, run } = simulatedEngine(database, {
      steps: [echo],
      ...(tracerProvider === undefined ? {} : { telemetry: { tracerProvider } }),
    })
    const { id } = await engine.startAdHoc([echo], {})
    const { traceContext } = await run(id)
    expect(traceContext?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
    await engine.createWorker().tick()
    // No span of the claim that anybody could look for.
    expect(await run(id)).toMatchObject({ status: 'completed', traceContext })
  })

  function throwing() {
    const broken = () => {
      throw new Error('the processor broke')
    }
    return {
      onStart: broken,
      onEnd: broken,
      forceFlush: async () => {},
      shutdown: async () => {},
    }
  }

  it('leaves the active span as it was', () => {
    expect(trace.getActiveSpan()).toBeUndefined()
  })
})
