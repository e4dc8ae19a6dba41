import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { child } from './child.ts'
import { decide } from './decide.ts'
import type { InFlight } from './decision.ts'
import { transact } from './define-transact.ts'
import { approval, signal } from './define-waits.ts'
import { heed } from './heed.ts'
import { saga } from './saga.ts'
import {
  after,
  asked,
  awaited,
  found,
  given,
  idempotent,
  pivot,
  read,
  row,
  typesOf,
} from './testing/given.ts'

const none: InFlight = new Set()
const now = 1_000
const below = child(saga('below', z.object({})).step(found), { name: 'below' })
const report = (attempt = 1, rest: object = {}) =>
  asked('stray_effect', { stepIdx: 0, payload: { receipt: { n: 1 }, epoch: 0, attempt, ...rest } })

describe('a signal', () => {
  const plan = [found, signal('word')]

  it('that comes before its step is kept for it, as long as the run goes forward', () => {
    const early = asked('signal', { stepIdx: 1 })
    expect(heed(given(plan), plan, early, now, none)).toBe('later')
    const back = given(plan, { status: 'waiting', direction: 'undo' })
    expect(heed(back, plan, early, now, none)).toEqual([
      {
        type: 'act_refused',
        act: 'signal',
        actor: 'ada',
        reason: 'it is already going back (waiting)',
      },
    ])
    const over = given(plan, { status: 'completed' })
    expect(typesOf(heed(over, plan, early, now, none))).toEqual(['act_refused'])
  })

  it('that comes twice, or for no step at all, is refused', () => {
    for (const stepIdx of [1, null]) {
      const state = given(plan, {}, [row(0, 'completed'), row(1, 'completed')])
      expect(heed(state, plan, asked('signal', { stepIdx }), now, none)).toMatchObject([
        { reason: 'the step does not wait for it any more' },
      ])
    }
  })

  it('that nobody knows, or of another step, says nothing', () => {
    expect(heed(given(plan), plan, asked('lock_released'), now, none)).toEqual([])
    expect(heed(given(plan), plan, asked('child_ended'), now, none)).toEqual([])
    expect(heed(given(plan), plan, asked('stray_effect'), now, none)).toEqual([])
  })
})

describe('an approval', () => {
  const plan = [approval('yes')]
  const waiting = given(plan, {}, [row(0, 'waiting', { name: 'yes' })])

  it('is answered with who gave it and what they sent', () => {
    const yes = asked('approve', { stepIdx: 0, payload: 7 })
    expect(heed(waiting, plan, yes, now, none)).toEqual([
      {
        type: 'step_answered',
        idx: 0,
        actor: 'ada',
        output: { yes: { by: 'ada', payload: 7 } },
      },
    ])
  })

  it('is turned down with a reason, and the run goes back for it', () => {
    const no = asked('reject', { stepIdx: 0, payload: { reason: 'too dear' } })
    const rejected = after(waiting, heed(waiting, plan, no, now, none))
    expect(rejected.steps[0]?.error).toEqual({ code: 'rejected', message: 'too dear' })
    expect(decide(rejected, plan, now)).toMatchObject({
      events: [{ type: 'compensation_started', reason: 'rejected:yes' }],
    })
  })
})

describe('a cancel', () => {
  it('of a run that has ended says nothing', () => {
    expect(heed(given([found], { status: 'failed' }), [found], asked('cancel'), now, none)).toEqual(
      [],
    )
  })
})

describe('the saga that a run is a part of, going back', () => {
  const word = asked('roll_back', { payload: { by: 'parent' } })
  const to = (status: 'completed' | 'running' | 'parked' | 'failed' | 'compensating') =>
    given(
      [found],
      { status, parentId: 'p', direction: status === 'compensating' ? 'undo' : 'forward' },
      [row(0, 'completed')],
    )

  it.each([
    ['completed', ['roll_back_requested']],
    ['running', ['cancel_requested']],
    // A stray effect parked it since.
    ['parked', ['cancel_requested']],
    ['failed', []],
    // It was told twice.
    ['compensating', []],
  ] as const)('takes one that is %s with it', (status, events) => {
    const state = to(status)
    const meant = heed(state, [found], word, now, none)
    expect(typesOf(meant)).toEqual(events)
    expect(() => after(state, meant)).not.toThrow()
  })
})

describe('a stray effect', () => {
  it('of a step without one, in SQL, or of a child cannot be', () => {
    const sql = transact('sql', { do: () => undefined, undo: () => undefined })
    for (const step of [read, sql, below]) {
      const state = given([step], {}, [row(0, 'completed')])
      expect(heed(state, [step], report(), now, none), step.name).toEqual([])
    }
  })

  it('waits while a call of its step is under way', () => {
    const running = given([found], {}, [row(0, 'running')])
    expect(heed(running, [found], report(), now, none)).toBe('later')
    const probed = given([found], {}, [row(0, 'completed'), row(1, 'running')])
    expect(heed(probed, [found, found], report(), now, new Set([1]))).toBe('later')
    expect(heed(probed, [found, found], report(), now, new Set([0]))).toBe('later')
  })

  it('that the ledger has already, or that repeating does not double, is known', () => {
    const known = [{ type: 'stray_reported', idx: 0, epoch: 0, known: true }]
    const again = given([idempotent], {}, [row(0, 'completed')])
    expect(heed(again, [idempotent], report(), now, none)).toEqual(known)
    // No call was made after the one that is reported: what stands is its own.
    const adopted = given([found], {}, [row(0, 'completed', { receipt: { by: 'name' } })])
    expect(heed(adopted, [found], report(1, { epoch: 1 }), now, none)).toEqual([
      { type: 'stray_reported', idx: 0, epoch: 1, known: true },
    ])
    // Of another attempt it is another effect, though its receipt be equal.
    const equal = given([found], {}, [row(0, 'completed', { receipt: { n: 1 } })])
    expect(typesOf(heed(equal, [found], report(1), now, none))).toEqual([
      'stray_reported',
      'compensation_started',
    ])
  })

  it('answers for a step whose outcome is unknown', () => {
    const unknown = given([found], {}, [row(0, 'unknown')])
    expect(typesOf(heed(unknown, [found], report(1, { epoch: 1 }), now, none))).toEqual([
      'stray_reported',
      'step_issued',
      'step_completed',
    ])
  })

  it('that gave nothing usable is taken back', () => {
    const unknown = given([found], {}, [row(0, 'unknown')])
    const meant = heed(unknown, [found], report(1, { epoch: 1, usable: false }), now, none)
    expect(typesOf(meant)).toEqual(['stray_reported', 'step_issued', 'step_unknown'])
    expect(decide(after(unknown, meant), [found], now)).toMatchObject({
      events: [{ type: 'compensation_started', reason: 'step_failed:step_0' }],
    })
  })

  it('of an older attempt does not answer for the one that is unknown: there may be two', () => {
    const second = given([found], {}, [row(0, 'unknown', { attempts: 2 })])
    expect(typesOf(heed(second, [found], report(1), now, none))).toEqual([
      'stray_reported',
      'compensation_started',
    ])
    expect(typesOf(heed(second, [found], report(2, { epoch: 1 }), now, none))).toContain(
      'step_completed',
    )
    const final = given([pivot], {}, [row(0, 'unknown', { attempts: 2 })])
    expect(heed(final, [pivot], report(1), now, none)).toMatchObject([
      { type: 'stray_reported' },
      { type: 'run_parked', reason: 'stray_effect:step_0', step: 0 },
    ])
  })

  it('beside what did not become what it should is not taken for it', () => {
    const unusable = given([found], {}, [row(0, 'unknown', { issuedAt: 1 })])
    expect(typesOf(heed(unusable, [found], report(), now, none))).not.toContain('step_issued')
  })

  it('beside another ends what was opened and never called, and goes back', () => {
    const plan = [found, found]
    const state = given(plan, { currentStep: 1 }, [row(0, 'completed'), row(1, 'running')])
    const back = after(state, heed(state, plan, report(), now, none))
    expect(back.run).toMatchObject({
      status: 'compensating',
      error: { reason: 'stray_effect:step_0', compensate_from_idx: 0 },
    })
    expect(back.steps[1]?.status).toBe('failed')
  })

  it('beside one that is about to be undone is undone with it', () => {
    const back = given([found], { status: 'compensating', direction: 'undo' }, [
      row(0, 'completed'),
    ])
    expect(typesOf(heed(back, [found], report(), now, none))).toEqual(['stray_reported'])
  })

  it('parks a run that has ended; a second one is named beside the first', () => {
    const plan = [found, found]
    const done = given(plan, { status: 'completed' }, [row(0, 'completed'), row(1, 'completed')])
    const once = after(done, heed(done, plan, report(), now, none))
    expect(once.run.parked).toEqual({ reason: 'stray_effect:step_0', step: 0 })
    const other = { ...report(), stepIdx: 1 }
    const twice = after(once, heed(once, plan, other, now, none))
    expect(twice.run).toMatchObject({
      status: 'parked',
      parked: { reason: 'stray_effect:step_0, step_1', step: 1 },
    })
  })

  it('where nothing should be is taken back, on the way back or by an operator', () => {
    const back = given([found], { status: 'compensating', direction: 'undo' }, [
      row(0, 'compensated'),
    ])
    const again = after(back, heed(back, [found], report(), now, none))
    expect(again.steps[0]).toMatchObject({ status: 'unknown', receipt: { n: 1 } })
    const ended = { ...back, run: { ...back.run, status: 'rolled_back' as const } }
    const parked = after(ended, heed(ended, [found], report(), now, none))
    expect(parked.run).toMatchObject({
      status: 'parked',
      parked: { reason: 'stray_effect:step_0' },
    })
  })

  it('of a run that was abandoned is named, and wakes nothing', () => {
    const run = { status: 'failed', endedAt: 9, error: null } as const
    const skipped = given([found, found], run, [row(0, 'skipped'), row(1, 'completed')])
    const named = after(skipped, heed(skipped, [found, found], report(), now, none))
    expect(named.run).toMatchObject({ status: 'failed', endedAt: 9 })
    expect(named.run.error?.left_behind?.map(({ idx }) => idx)).toEqual([0, 1])
    const beside = given([found], run, [row(0, 'completed')])
    expect(typesOf(heed(beside, [found], report(), now, none))).toEqual(['stray_reported'])
  })

  it('of a step that is not known here is looked for where it is', () => {
    const unknown = given([found], {}, [row(0, 'unknown')])
    expect(typesOf(heed(unknown, [], report(), now, none))).toEqual(['stray_reported'])
  })

  it('is told by any report, however little it says', () => {
    const unknown = given([idempotent], {}, [row(0, 'unknown')])
    const bare = asked('stray_effect', { stepIdx: 0 })
    expect(heed(unknown, [idempotent], bare, now, none)).toMatchObject([
      { epoch: 0, known: false },
      { receipt: null },
      {},
    ])
  })
})

describe('an operator', () => {
  const parked = { status: 'parked', parked: { reason: 'asked:x', step: 0 } } as const

  it('is heard when the calls under way have ended', () => {
    const state = given([found], parked, [row(0, 'failed')])
    expect(heed(state, [found], asked('retry'), now, new Set([0]))).toBe('later')
  })

  it('who retries an unusable output has it looked for again, not waited for', () => {
    const state = given([found], parked, [row(0, 'unknown', { issuedAt: 1, receipt: 'odd' })])
    const retried = after(state, heed(state, [found], asked('retry'), now, none))
    expect(retried.steps[0]).toMatchObject({ status: 'unknown', issuedAt: null, unknownSince: now })
    expect(decide(retried, [found], now)).toEqual({ type: 'call', call: 'find', idx: 0 })
  })

  it('who has attempts counted anew does not make the one before forgotten', () => {
    const state = given([idempotent], parked, [row(0, 'unknown', { unknownSince: 500 })])
    const retried = after(state, heed(state, [idempotent], asked('retry'), now, none))
    const made = { name: 'step_0', input: null, key: 'k', attempt: 1, epoch: 2 }
    const issued = after(retried, [
      { type: 'step_opened', idx: 0, ...made },
      { type: 'step_issued', idx: 0, receipt: null, deadlineAt: 9_000 },
    ])
    expect(issued.steps[0]).toMatchObject({ attempts: 1, unknownSince: 500 })
  })

  it('who retries what did not come about waits for it again, with its time anew', () => {
    const state = given([awaited], parked, [row(0, 'unknown', { issuedAt: 1, receipt: 'r' })])
    const retried = after(state, heed(state, [awaited], asked('retry'), now, none))
    expect(retried.steps[0]).toMatchObject({ status: 'waiting', receipt: 'r', deadlineAt: 31_000 })
  })

  it('who retries an unanswered approval has its deadline anew, or none', () => {
    for (const [step, deadlineAt] of [
      [approval('yes', { deadline: '60s' }), now + 60_000],
      [approval('yes'), null],
    ] as const) {
      const state = given([step], parked, [row(0, 'failed')])
      const retried = after(state, heed(state, [step], asked('retry'), now, none))
      expect(retried.steps[0]).toMatchObject({ status: 'waiting', deadlineAt })
    }
  })

  it('who retries does not hide what a child left behind', () => {
    const state = given([below], parked, [row(0, 'compensation_failed')])
    const retried = after(state, heed(state, [below], asked('retry'), now, none))
    expect(retried.steps[0]?.status).toBe('compensation_failed')
    expect(decide(retried, [below], now)).toMatchObject({
      events: [{ type: 'compensation_started' }],
    })
  })

  it('who retries a run whose steps are not known here leaves them alone', () => {
    const state = given([found], parked, [row(0, 'failed')])
    expect(typesOf(heed(state, [], asked('retry'), now, none))).toEqual(['run_resumed'])
  })

  it('who skips where no reason was written down lets the run try by itself', () => {
    const state = given([found], { status: 'parked', parked: null }, [row(0, 'failed')])
    expect(typesOf(heed(state, [found], asked('skip'), now, none))).toEqual(['run_resumed'])
  })

  it('who resolves without an output gives none', () => {
    const state = given([found], parked, [row(0, 'failed')])
    for (const payload of [null, {}]) {
      expect(heed(state, [found], asked('resolve', { payload }), now, none)).toMatchObject([
        { type: 'step_resolved', output: null },
        { type: 'run_resumed' },
      ])
    }
  })

  it('who resolves a stray effect beside another leaves that one as it is', () => {
    const stray = { status: 'parked', parked: { reason: 'stray_effect:x', step: 0 } } as const
    const state = given([found], stray, [row(0, 'completed')])
    expect(typesOf(heed(state, [found], asked('resolve'), now, none))).toEqual(['run_resumed'])
  })

  it('who abandons is told what is left, reads aside', () => {
    const steps = [row(0, 'completed'), row(1, 'completed'), row(2, 'compensation_failed')]
    const plan = [found, read, found]
    const state = given(plan, parked, steps)
    expect(heed(state, plan, asked('abandon'), now, none)).toMatchObject([
      { type: 'run_abandoned', reason: '', leftBehind: [{ idx: 0 }, { idx: 2 }] },
    ])
  })
})
