import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { child } from './child.ts'
import { decide, goBack, isStuck } from './decide.ts'
import { decideUndo } from './decide-undo.ts'
import { combine } from './decision.ts'
import { transact } from './define-transact.ts'
import { approval, sleep } from './define-waits.ts'
import { IllegalTransition } from './errors.ts'
import { evolve } from './evolve.ts'
import { mayHaveLeftSomething, type StepStatus, stepStatuses } from './run.ts'
import { saga } from './saga.ts'
import {
  after,
  atOnce,
  awaited,
  found,
  given,
  idempotent,
  pivot,
  read,
  row,
} from './testing/given.ts'
import { nextRunStatus, nextStepStatus, stepTransitions } from './transitions.ts'

const below = child(saga('below', z.object({})).step(found), { name: 'below' })
const sql = transact('sql', { do: () => undefined, undo: () => undefined })
const none = new Set<number>()
const at = 20_000

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
      const told = [
        'stray_reported',
        'stray_doubted',
        'stray_unsettled',
        'doubt_unsettled',
      ].includes(event)
      expect('compensated' in moves, event).toBe(told)
    }
  })

  it('is a ledger row that would leave a gap', () => {
    const made = { input: null, key: 'k', attempt: 1, epoch: 1 }
    const opened = { type: 'step_opened', name: 'x', ...made } as const
    expect(() => evolve(given([read, read]), { ...opened, idx: 1, now: 0 })).toThrow(
      'the event "step_opened 1" is not allowed in the state "ledger of 0 steps"',
    )
  })

  it('is going forward from a step that is over', () => {
    const bent = given([read, read], { currentStep: 0 }, [row(0, 'completed')])
    expect(() => decide(bent, [read, read], 0)).toThrow(IllegalTransition)
  })

  it('is a decision about steps that are all under way or over', () => {
    expect(() => combine([{ type: 'done' }])).toThrow('every step is over')
  })
})

describe('several steps at once', () => {
  const plan = [found, found, found]

  it('are opened in their order, as many as there is room for', () => {
    const two = atOnce(given(plan), 2)
    expect(decide(two, plan, at)).toEqual({ type: 'open', idx: 0, attempt: 1 })
    const one = { ...two, steps: [row(0, 'running')] }
    expect(decide(one, plan, at)).toEqual({ type: 'open', idx: 1, attempt: 1 })
    const full = { ...two, steps: [row(0, 'running'), row(1, 'running')] }
    expect(decide(full, plan, at)).toEqual({ type: 'call', call: 'do', idx: 0 })
    const both = new Set([0, 1])
    expect(decide(full, plan, at, both)).toEqual({ type: 'idle', until: null, abort: false })
    const freed = { ...two, steps: [row(0, 'completed'), row(1, 'running')] }
    expect(decide(freed, plan, at, new Set([1]))).toEqual({ type: 'open', idx: 2, attempt: 1 })
  })

  it('wait for the earliest, and for what holds them up', () => {
    const yes = approval('yes')
    const mixed = [sleep('rest', 5_000), yes]
    const steps = [row(0, 'waiting', { nextAt: at + 7 }), row(1, 'waiting')]
    const state = atOnce(given(mixed, {}, steps))
    expect(decide(state, mixed, at)).toEqual({ type: 'wait', waitsFor: 'signal', until: at + 7 })
  })

  it('are told to stop when one of them has failed, unless there is no way back', () => {
    const steps = [row(0, 'failed'), row(1, 'running')]
    const state = atOnce(given(plan, {}, steps))
    expect(decide(state, plan, at, new Set([1]))).toEqual({
      type: 'idle',
      until: null,
      abort: true,
    })
    const past = [pivot, found, found]
    const group = given(past, { currentStep: 1 }, [
      row(0, 'completed'),
      row(1, 'failed'),
      row(2, 'running'),
    ])
    const pins = group.run.plan.map((pin, idx) => (idx === 0 ? pin : { ...pin, group: 1 }))
    const grouped = { ...group, run: { ...group.run, plan: pins } }
    expect(decide(grouped, past, at, new Set([2]))).toMatchObject({ abort: false })
  })

  it('go back together: the last group first, what was never called is over', () => {
    const steps = [
      row(0, 'completed'),
      row(1, 'running'),
      row(2, 'running', { unknownSince: 7, error: { code: 'x', message: 'x' } }),
    ]
    expect(goBack(given(plan, {}, steps), 'cancelled')).toEqual([
      { type: 'step_not_called', idx: 1 },
      {
        type: 'step_failed',
        idx: 1,
        name: 'step_1',
        error: { code: 'cancelled', message: 'cancelled before it had an effect' },
      },
      {
        type: 'step_unknown',
        idx: 2,
        error: { code: 'x', message: 'x' },
        since: 7,
        nextAt: 7,
      },
      { type: 'compensation_started', reason: 'cancelled', from: 2 },
    ])
    const [interrupted] = goBack(
      given([idempotent], {}, [row(0, 'running', { unknownSince: 7 })]),
      'x',
    )
    expect(interrupted).toMatchObject({ error: { code: 'cancelled' } })
  })
})

describe('a run that goes back from where it did not stand', () => {
  it('ends what was opened later and never called', () => {
    const plan = [found, found]
    // A stray effect has reopened the first step while the second was about to be called.
    const steps = [row(0, 'unknown', { issuedAt: 1 }), row(1, 'running')]
    const state = given(plan, { currentStep: 0 }, steps)
    const decision = decide(state, plan, at)
    if (decision.type !== 'record') throw new TypeError(decision.type)
    const { steps: left, run } = after(state, decision.events)
    expect(left.map(({ status }) => status)).toEqual(['unknown', 'failed'])
    expect(run.error?.compensate_from_idx).toBe(0)
  })
})

describe('a child with a pivot that ended with something left behind', () => {
  it('parks the saga it is a part of: there may be no way back', () => {
    const final = child(saga('final', z.object({})).step(pivot), { name: 'final' })
    const plan = [found, final]
    const steps = [row(0, 'completed'), row(1, 'compensation_failed')]
    expect(decide(given(plan, { currentStep: 1 }, steps), plan, at)).toEqual({
      type: 'record',
      events: [{ type: 'run_parked', reason: 'step_failed:step_1', step: 1 }],
    })
  })
})

describe('a step of SQL whose answer is not known', () => {
  it('has certainly left nothing: it was never committed', () => {
    const spent = [row(0, 'unknown', { attempts: 9, unknownSince: at })]
    const error = { code: 'failed', message: 'no attempt is left' }
    const failed = {
      type: 'record',
      events: [{ type: 'step_failed', idx: 0, name: 'step_0', error }],
    }
    expect(decide(given([sql], {}, spent), [sql], at)).toEqual(failed)
    expect(decideUndo(given([sql], {}, spent), [sql], at, none)).toEqual(failed)
    const completed = given([sql], {}, [row(0, 'completed')])
    expect(decideUndo(completed, [sql], at, none)).toMatchObject({
      events: [{ type: 'undo_opened' }],
    })
  })
})

describe('a step that has no attempt left, for its definition gives fewer than it did', () => {
  it('has failed', () => {
    expect(
      decide(given([found], {}, [row(0, 'waiting', { attempts: 3 })]), [found], at),
    ).toMatchObject({
      events: [{ type: 'step_failed' }],
    })
  })
})

describe('what may have left something', () => {
  it('is every step that was begun and is not settled', () => {
    const left = stepStatuses.filter(mayHaveLeftSomething)
    expect(left).toEqual(['running', 'waiting', 'completed', 'unknown', 'compensating'])
  })
})

describe('a wait', () => {
  it('for a retry does not end at the deadline of an attempt before', () => {
    const steps = [row(0, 'waiting', { nextAt: at + 9, deadlineAt: at - 5 })]
    expect(decide(given([found], {}, steps), [found], at)).toEqual({
      type: 'wait',
      waitsFor: 'time',
      until: at + 9,
    })
  })

  it('of which no time is known ends with a last look', () => {
    const late = [row(0, 'waiting', { issuedAt: 1, deadlineAt: at })]
    expect(decide(given([awaited], {}, late), [awaited], at)).toMatchObject({ call: 'until' })
    const unknown = [row(0, 'unknown', { failedLookups: 1 })]
    expect(decide(given([found], {}, unknown), [found], at)).toMatchObject({ call: 'find' })
  })

  it('for a probe ends at its deadline', () => {
    const steps = [row(0, 'waiting', { issuedAt: 1, nextAt: at + 9, deadlineAt: at + 5 })]
    expect(decide(given([awaited], {}, steps), [awaited], at)).toMatchObject({ until: at + 5 })
  })
})

describe('an undo', () => {
  it.each<[StepStatus, number | null]>([
    ['completed', 1],
    ['unknown', 1],
    ['unknown', null],
  ])(
    'of a step that is %s (issued at %s) waits until no other call can land',
    (status, issuedAt) => {
      const steps = [row(0, status, { issuedAt, unknownSince: at - 1 })]
      const undo = (now: number) =>
        decideUndo(given([idempotent], {}, steps), [idempotent], now, none)
      expect(undo(at)).toEqual({ type: 'wait', waitsFor: 'time', until: at - 1 + 10_000 })
      expect(undo(at + 10_000)).toMatchObject({ events: [{ type: 'undo_opened' }] })
    },
  )

  it('knows of an attempt that may still land after a later one has answered', () => {
    const unclear = { code: 'x', message: 'x' }
    const state = after(given([idempotent], {}, [row(0, 'running')]), [
      { type: 'step_unknown', idx: 0, error: unclear, since: 500, nextAt: 500 },
      { type: 'step_opened', idx: 0, name: 'x', input: null, key: 'k', attempt: 2, epoch: 1 },
      { type: 'step_issued', idx: 0, receipt: 1, deadlineAt: 9_000 },
      { type: 'step_completed', idx: 0, output: null },
    ])
    expect(state.steps[0]).toMatchObject({ status: 'completed', unknownSince: 500 })
    const first = after(given([found], {}, [row(0, 'unknown', { unknownSince: 500 })]), [
      { type: 'step_issued', idx: 0, receipt: 1, deadlineAt: 9_000 },
    ])
    expect(first.steps[0]?.unknownSince).toBeNull()
  })

  it('takes the locks first', () => {
    const state = given([found], { lockKeys: ['a'], direction: 'undo' }, [row(0, 'completed')])
    expect(decideUndo(state, [found], at, none)).toEqual({ type: 'acquire_locks' })
  })

  it('of a step that the plan no longer has parks instead of passing over it', () => {
    const undoing = given([idempotent], {}, [row(0, 'completed')])
    expect(decideUndo(undoing, [], 0, none)).toEqual({
      type: 'record',
      events: [{ type: 'run_parked', reason: 'plan_mismatch:step_0', step: 0 }],
    })
    expect(isStuck(row(0, 'unknown'), undefined)).toBe(false)
  })

  it('of a point of no return there is none: it asks an operator, once it is sure that it is there', () => {
    const late = row(0, 'unknown', { issuedAt: at, unknownSince: at })
    const state = given([pivot], { direction: 'undo' }, [late])
    expect(decideUndo(state, [pivot], at, none)).toMatchObject({ type: 'wait', until: at + 10_000 })
    expect(decideUndo(state, [pivot], at + 10_000, none)).toEqual({
      type: 'record',
      events: [{ type: 'run_parked', reason: 'irreversible:step_0', step: 0 }],
    })
  })

  it('of a child that was resolved by hand names it as left behind', () => {
    const steps = [row(0, 'completed', { issuedAt: null })]
    const state = given([below], { status: 'compensating', direction: 'undo' }, steps)
    const decision = decideUndo(state, [below], at, none)
    expect(decision).toMatchObject({
      events: [{ type: 'undo_failed', error: { code: 'no_child' } }],
    })
    if (decision.type !== 'record') throw new TypeError(decision.type)
    const failed = after(state, decision.events)
    expect(decideUndo(failed, [below], at, none)).toEqual({
      type: 'record',
      events: [{ type: 'run_failed' }],
    })
  })

  it('of a child is waited for, or asked again at its time', () => {
    const undo = (nextAt: number | null) =>
      decideUndo(
        given([below], {}, [row(0, 'compensating', { issuedAt: 1, nextAt })]),
        [below],
        at,
        none,
      )
    expect(undo(null)).toEqual({ type: 'wait', waitsFor: 'child', until: null })
    expect(undo(at + 1)).toEqual({ type: 'wait', waitsFor: 'time', until: at + 1 })
    expect(undo(at)).toEqual({ type: 'child', act: 'undo', idx: 0 })
  })
})

describe('a run that was let go in order while a call was under way', () => {
  it('does not know how it ended, from now on', () => {
    const state = given([found], {}, [row(0, 'running')])
    const claimed = { type: 'run_claimed', worker: 'w', interruptedAt: null } as const
    expect(evolve(state, { ...claimed, now: 77 }).steps[0]).toMatchObject({
      status: 'unknown',
      unknownSince: 77,
    })
  })
})
