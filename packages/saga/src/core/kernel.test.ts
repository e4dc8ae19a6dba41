import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from './decide.ts'
import { decideUndo } from './decide-undo.ts'
import type { StepCall } from './decision.ts'
import { step } from './define-step.ts'
import { sleep } from './define-waits.ts'
import { IllegalTransition } from './errors.ts'
import type { SagaEventData } from './event.ts'
import { evolve, type RunState } from './evolve.ts'
import { hasEnded, type Run } from './run.ts'
import { type Outcome, settle } from './settle.ts'
import { pending, type StepDefinition } from './step.ts'
import { nextRunStatus, nextStepStatus, stepTransitions } from './transitions.ts'

/** What the world of a random plan does at each call, until it tires and always answers well. */
type Behaviour =
  | 'ok'
  | 'no effect, retry'
  | 'no effect, over'
  | 'effect, answer lost'
  | 'no effect, answer lost'
  | 'crash before'
  | 'crash after'
  | 'not yet'
  | 'cancel'

const stepKinds = ['found', 'idempotent', 'awaited', 'read', 'pivot', 'sleep'] as const
type StepKind = (typeof stepKinds)[number]

const retry = { attempts: 3, initial: 1_000, jitter: 0 }
const undoOptions = { retry: { attempts: 100, initial: 1_000, max: 1_000, jitter: 0 } }
const limits = { retry, settles: 10_000, every: 1_000, deadline: '1h' } as const

function definitionOf(kind: StepKind, idx: number): StepDefinition {
  const name = `step_${idx}`
  const effect = () => undefined
  switch (kind) {
    case 'found':
      return step(name, { ...limits, do: effect, find: effect, undo: effect, undoOptions })
    case 'awaited':
      return step(name, {
        ...limits,
        do: effect,
        find: effect,
        until: () => pending,
        undo: effect,
        undoOptions,
      })
    case 'idempotent':
      return step(name, { ...limits, idempotent: true, do: effect, undo: effect, undoOptions })
    case 'read':
      return step(name, { ...limits, effect: 'read', do: effect })
    case 'pivot':
      return step(name, { ...limits, effect: 'pivot', do: effect, find: effect })
    case 'sleep':
      return sleep(name, 5_000)
  }
}

function newRun(plan: readonly StepDefinition[]): Run {
  return {
    id: '00000000-0000-7000-8000-0000deadbeef',
    tag: 'deadbeef',
    kind: 'random',
    version: 1,
    plan: plan.map(({ name }) => ({ name })),
    status: 'pending',
    direction: 'forward',
    currentStep: 0,
    inputs: {},
    context: {},
    error: null,
    parked: null,
    startKey: null,
    priority: 0,
    wakeAt: null,
    waitsFor: null,
    lockKeys: [],
    locksHeld: false,
    reservedFor: null,
    workerId: null,
    epoch: 1,
    revision: 0,
    eventSeq: 0,
    rootId: '00000000-0000-7000-8000-0000deadbeef',
    parentId: null,
    parentStep: null,
    cancelRequestedAt: null,
    cancelRequestedBy: null,
    startedBy: null,
    traceContext: null,
    createdAt: 0,
    startedAt: null,
    endedAt: null,
  }
}

/** Runs a plan against a world that behaves as told, on the kernel alone. */
class Simulation {
  state: RunState
  now = 0
  readonly plan: readonly StepDefinition[]
  readonly behaviours: Behaviour[]
  /** Effects that stand in the world, by step. */
  readonly effects = new Map<number, number>()
  readonly undone: number[] = []
  /** Calls of `do` whose earlier outcome was unknown when they were made. */
  blind = 0

  constructor(kinds: readonly StepKind[], behaviours: readonly Behaviour[]) {
    this.plan = kinds.map(definitionOf)
    this.behaviours = [...behaviours]
    this.state = { run: newRun(this.plan), steps: [] }
    this.apply([{ type: 'run_claimed', worker: 'w', interruptedAt: null }])
  }

  apply(events: readonly SagaEventData[]): void {
    for (const event of events) this.state = evolve(this.state, { ...event, now: this.now })
  }

  run(): void {
    for (let turn = 0; turn < 5_000; turn += 1) {
      const decision = decide(this.state, this.plan, this.now)
      switch (decision.type) {
        case 'rest':
          return
        case 'record':
          this.apply(decision.events)
          break
        case 'open':
          this.open(decision.idx, decision.attempt)
          break
        case 'wait':
          expect(decision.until ?? Number.POSITIVE_INFINITY).toBeGreaterThan(this.now)
          this.apply([{ type: 'run_waiting', waitsFor: 'time', until: decision.until }])
          this.now = decision.until ?? this.now
          this.apply([{ type: 'run_claimed', worker: 'w', interruptedAt: null }])
          break
        case 'call':
          this.call(decision.call, decision.idx)
          break
        case 'acquire_locks':
          throw new Error('this plan has no locks')
      }
      this.now += 1
    }
    throw new Error('the run neither ended nor parked')
  }

  open(idx: number, attempt: number): void {
    const { name } = this.definition(idx)
    this.apply([{ type: 'step_opened', idx, name, input: null, key: `key-${idx}`, attempt }])
  }

  definition(idx: number): StepDefinition {
    const found = this.plan[idx]
    if (found === undefined) throw new Error(`no step ${idx}`)
    return found
  }

  call(call: StepCall, idx: number): void {
    const behaviour = this.behaviours.shift() ?? 'ok'
    if (behaviour === 'cancel') {
      this.apply([{ type: 'cancel_requested', actor: null, at: this.now }])
    }
    if (behaviour === 'crash before') {
      this.crash()
      return
    }
    const outcome = this.outcome(call, idx, behaviour)
    if (behaviour === 'crash after') {
      this.crash()
      return
    }
    const row = this.state.steps[idx]
    if (row === undefined) throw new Error(`no row ${idx}`)
    const moment = { now: this.now, random: 0 }
    this.apply(settle(row, this.definition(idx), call, outcome, moment))
  }

  crash(): void {
    const interruptedAt = this.now + 10_000
    this.now = interruptedAt
    this.apply([{ type: 'run_claimed', worker: 'w', interruptedAt }])
  }

  outcome(call: StepCall, idx: number, behaviour: Behaviour): Outcome {
    const there = (this.effects.get(idx) ?? 0) > 0
    const threw = (effect: 'none' | 'unknown', retryable: boolean): Outcome => ({
      type: 'threw',
      error: { code: 'x', message: behaviour },
      verdict: { effect, retryable },
    })
    const spoils = behaviour !== 'ok' && behaviour !== 'cancel' && behaviour !== 'crash after'
    switch (call) {
      case 'do':
        if (behaviour === 'no effect, retry') return threw('none', true)
        if (behaviour === 'no effect, over') return threw('none', false)
        if (behaviour === 'no effect, answer lost') return threw('unknown', true)
        this.act(idx)
        return behaviour === 'effect, answer lost'
          ? threw('unknown', true)
          : { type: 'returned', value: null }
      case 'find':
        if (spoils) return threw('unknown', true)
        return there ? { type: 'returned', value: null } : { type: 'not_yet' }
      case 'until':
        return spoils ? { type: 'not_yet' } : { type: 'returned', value: null }
      case 'undo':
        if (behaviour === 'not yet') return { type: 'not_yet' }
        if (spoils) return threw('unknown', true)
        this.effects.set(idx, 0)
        this.undone.push(idx)
        return { type: 'returned', value: null }
    }
  }

  act(idx: number): void {
    const { effect, idempotent } = this.definition(idx)
    if (effect === 'read') return
    const before = this.effects.get(idx) ?? 0
    if (before > 0 && !idempotent) this.blind += 1
    this.effects.set(idx, idempotent ? 1 : before + 1)
  }
}

const kinds = fc.array(fc.constantFrom(...stepKinds), { minLength: 1, maxLength: 6 })
const behaviours = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant<Behaviour>('ok') },
    {
      weight: 4,
      arbitrary: fc.constantFrom<Behaviour>(
        'no effect, retry',
        'no effect, over',
        'effect, answer lost',
        'no effect, answer lost',
        'crash before',
        'crash after',
        'not yet',
        'cancel',
      ),
    },
  ),
  { maxLength: 25 },
)

describe('any plan in any world', () => {
  const seen = new Map<string, number>()

  it('ends or parks, leaves nothing when it rolled back, and repeats no effect blindly', () => {
    fc.assert(
      fc.property(kinds, behaviours, (planned, world) => {
        const simulation = new Simulation(planned, world)
        simulation.run()
        const { run, steps } = simulation.state
        seen.set(run.status, (seen.get(run.status) ?? 0) + 1)
        expect(hasEnded(run.status) || run.status === 'parked').toBe(true)
        expect(simulation.blind).toBe(0)
        if (run.status === 'rolled_back') {
          expect([...simulation.effects.values()].every((count) => count === 0)).toBe(true)
        }
        if (run.status === 'completed') {
          expect(steps.map(({ status }) => status)).toEqual(planned.map(() => 'completed'))
        }
        if (run.status === 'parked') expect(run.parked?.reason).toMatch(/^\w+:step_\d$/)
        // Taken back from the end, each once but for a repeat of the very last.
        const order = simulation.undone.filter((idx, n, all) => idx !== all[n - 1])
        expect(order).toEqual([...order].sort((a, b) => b - a))
        expect(steps.map(({ idx }) => idx)).toEqual(steps.map((_, idx) => idx))
      }),
      { numRuns: 10_000, seed: 20_260_101 },
    )
    // The worlds are wild enough to reach every end there is.
    expect([...seen.keys()].sort()).toEqual(['completed', 'parked', 'rolled_back'])
    expect(Math.min(...seen.values())).toBeGreaterThan(100)
  })
})

describe('an illegal transition', () => {
  it('names the state and the event', () => {
    expect(() => nextRunStatus('completed', 'run_waiting')).toThrow(
      new IllegalTransition('run: completed', 'run_waiting'),
    )
    expect(() => nextStepStatus('compensated', 'step_opened')).toThrow(
      'the event "step_opened" is not allowed in the state "step: compensated"',
    )
    expect(() => nextStepStatus('unopened', 'step_completed')).toThrow(IllegalTransition)
  })

  it('is every one that the table does not list', () => {
    for (const [event, moves] of Object.entries(stepTransitions)) {
      expect(Object.keys(moves).length, event).toBeGreaterThan(0)
      const told = ['stray_reported', 'stray_unsettled'].includes(event)
      expect('compensated' in moves, event).toBe(told)
    }
  })

  it('is a ledger row that would leave a gap', () => {
    const { state } = new Simulation(['read'], [])
    const opened = { type: 'step_opened', name: 'x', input: null, key: 'k', attempt: 1 } as const
    expect(() => evolve(state, { ...opened, idx: 1, now: 0 })).toThrow(IllegalTransition)
  })

  it('is going forward from a step that is over', () => {
    const simulation = new Simulation(['read', 'read'], [])
    simulation.run()
    const { run, steps } = simulation.state
    const bent = { steps, run: { ...run, status: 'running' as const, currentStep: 0 } }
    expect(() => decide(bent, simulation.plan, 0)).toThrow(IllegalTransition)
  })
})

describe('a plan that no longer has a step of the ledger', () => {
  it('parks the way back instead of passing over it', () => {
    const simulation = new Simulation(['idempotent'], [])
    simulation.run()
    const { run, steps } = simulation.state
    const undoing = { steps, run: { ...run, currentStep: 0 } }
    expect(decideUndo(undoing, [], 0, new Set())).toEqual({
      type: 'record',
      events: [{ type: 'run_parked', reason: 'plan_mismatch:step_0', step: 0 }],
    })
  })
})
