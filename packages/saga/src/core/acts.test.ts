import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Act, acts, awaits, refusal } from './acts.ts'
import { child } from './child.ts'
import type { Plan } from './decision.ts'
import { approval, signal } from './define-waits.ts'
import type { RunState } from './evolve.ts'
import { type Run, runStatuses, type StepStatus } from './run.ts'
import { saga } from './saga.ts'
import { found, given, pivot, row } from './testing/given.ts'

const yes = approval('yes')
const word = signal('word')
const below = child(saga('below', z.object({})).step(found), { name: 'below' })

function states(run: Partial<Run>, steps: RunState['steps'] = []): readonly RunState[] {
  return runStatuses.map((status) =>
    given([found, yes], { ...run, status, direction: directionOf(status, run) }, steps),
  )
}

function directionOf(status: string, run: Partial<Run>): Run['direction'] {
  return ['compensating', 'rolled_back'].includes(status) ? 'undo' : (run.direction ?? 'forward')
}

function said(act: Act, all: readonly RunState[], plan: Plan = [found, yes]) {
  return Object.fromEntries(
    all.map((state) => [state.run.status, refusal(act, state, plan) ?? 'allowed']),
  )
}

const over = {
  completed: 'it has ended (completed)',
  rolled_back: 'it has ended (rolled_back)',
  failed: 'it has ended (failed)',
}
const goesOn = {
  pending: 'it is not parked (pending); it goes on by itself',
  running: 'it is not parked (running); it goes on by itself',
  waiting: 'it is not parked (waiting); it goes on by itself',
  compensating: 'it is not parked (compensating); it goes on by itself',
}
const back = { compensating: 'it is already going back (compensating)' }
const allowed = { pending: 'allowed', running: 'allowed', waiting: 'allowed', parked: 'allowed' }
const stuck = { parked: { reason: 'outcome_unknown:found', step: 0 } }

describe('every act in every state of a run', () => {
  const expected: Readonly<Record<Act, Readonly<Record<string, string>>>> = {
    cancel: { ...allowed, ...back, ...over },
    approve: { ...allowed, ...back, ...over },
    reject: { ...allowed, ...back, ...over },
    signal: { ...allowed, ...back, ...over },
    park: {
      ...allowed,
      compensating: 'allowed',
      parked: 'it is parked already (outcome_unknown:found)',
      ...over,
    },
    retry: { ...goesOn, parked: 'allowed', ...over },
    skip: { ...goesOn, parked: 'allowed', ...over },
    resolve: { ...goesOn, parked: 'allowed', ...over },
    abandon: { ...goesOn, parked: 'allowed', ...over },
    roll_back: {
      pending: 'it has not ended (pending); only a completed saga is rolled back',
      running: 'it has not ended (running); only a completed saga is rolled back',
      waiting: 'it has not ended (waiting); only a completed saga is rolled back',
      compensating: 'it has not ended (compensating); only a completed saga is rolled back',
      parked: 'it has not ended (parked); only a completed saga is rolled back',
      ...over,
      completed: 'allowed',
    },
  }

  it.each(acts)('%s is allowed, or refused in these words', (act) => {
    const steps = [row(0, 'unknown'), row(1, 'waiting', { name: 'yes' })]
    expect(said(act, states(stuck, steps))).toEqual(expected[act])
  })

  it('roll back is refused where nobody knows the steps: one may have been a pivot', () => {
    const state = states({}, [row(0, 'completed')]).find(({ run }) => run.status === 'completed')
    expect(state && refusal('roll_back', state, [])).toContain('no program here knows its steps')
  })

  it('a waiting or parked run on its way back is not turned round', () => {
    for (const act of ['cancel', 'approve', 'reject', 'signal'] as const) {
      const all = states({ ...stuck, direction: 'undo' }, [row(0, 'compensating')])
      expect(said(act, all), act).toMatchObject({
        waiting: 'it is already going back (waiting)',
        parked: 'it is already going back (parked)',
      })
    }
  })
})

describe('past a pivot', () => {
  const plan = [pivot, found]
  it.each<[StepStatus, number | null, boolean]>([
    ['completed', 1, true],
    ['unknown', null, true],
    ['waiting', 1, true],
    ['compensation_failed', 1, true],
    ['waiting', null, false],
    ['running', null, false],
    ['failed', null, false],
    ['skipped', null, false],
  ])('that is %s (issued at %s), no way back: %s', (status, issuedAt, isPast) => {
    const steps = [row(0, status, { issuedAt })]
    expect(refusal('cancel', given(plan, {}, steps), plan)).toBe(
      isPast ? 'it is past its point of no return and can only go forward' : undefined,
    )
    expect(refusal('roll_back', given(plan, { status: 'completed' }, steps), plan)).toBe(
      isPast ? 'it has passed its point of no return' : undefined,
    )
  })
})

describe('an approval', () => {
  const plan = [yes, word]
  it('is given only where one is waited for', () => {
    const state = given(plan, {}, [row(0, 'waiting', { name: 'yes' })])
    expect(refusal('approve', state, plan)).toBeUndefined()
    const none = 'it does not wait for an approval now'
    for (const steps of [[], [row(0, 'completed')], [row(0, 'completed'), row(1, 'waiting')]]) {
      expect(refusal('approve', given(plan, {}, steps), plan)).toBe(none)
      expect(refusal('reject', given(plan, {}, steps), plan)).toBe(none)
    }
  })

  it('is awaited by a step that waits, whatever it is called', () => {
    expect(awaits(row(0, 'waiting'), plan)).toBe(true)
    expect(awaits(row(0, 'completed'), plan)).toBe(false)
    expect(awaits(row(2, 'waiting'), plan)).toBe(false)
  })
})

describe('a part of another saga', () => {
  it('is rolled back with it, not by itself', () => {
    const state = given([found], { status: 'completed', parentId: 'p' }, [row(0, 'completed')])
    expect(refusal('roll_back', state, [found])).toBe('it is a part of saga p; roll that one back')
  })
})

describe('a parked run', () => {
  const plan = [found, found]
  const parked = (step: number, steps: RunState['steps'], run: Partial<Run> = {}) =>
    given(plan, { status: 'parked', parked: { reason: 'asked:x', step }, ...run }, steps)

  it.each<[StepStatus, boolean, boolean]>([
    ['failed', true, true],
    ['unknown', true, true],
    ['compensation_failed', false, true],
    ['completed', false, false],
    ['waiting', false, false],
    ['running', false, false],
    ['skipped', false, false],
  ])('whose step is %s on the way forward: skipped %s, resolved %s', (status, skips, resolves) => {
    const state = parked(0, [row(0, status)])
    const why = (what: string) =>
      `its step "step_0" is ${status}; only one that got stuck can be ${what}`
    expect(refusal('skip', state, plan)).toBe(skips ? undefined : why('skipped'))
    expect(refusal('resolve', state, plan)).toBe(resolves ? undefined : why('resolved'))
  })

  it.each<[StepStatus, boolean]>([
    ['compensating', true],
    ['completed', true],
    ['unknown', true],
    ['waiting', true],
    ['compensated', false],
    ['compensation_failed', false],
    ['undo_skipped', false],
    ['failed', false],
    ['skipped', false],
  ])('whose step is %s on the way back is skipped or resolved: %s', (status, may) => {
    const state = parked(0, [row(0, status)], { direction: 'undo' })
    for (const act of ['skip', 'resolve'] as const) {
      expect(refusal(act, state, plan) === undefined, act).toBe(may)
    }
  })

  it('has nothing to skip at a step that was never begun', () => {
    expect(refusal('skip', parked(1, []), plan)).toBe(
      'it is not parked at a step that could be skipped: retry it',
    )
    const nowhere = given(plan, { status: 'parked', parked: null, currentStep: 1 })
    expect(refusal('resolve', nowhere, plan)).toBe(
      'it is not parked at a step that could be resolved: retry it',
    )
  })
})

describe('a run that went back, and parked for a point of no return that took effect after all', () => {
  const plan = [pivot]
  const reason = 'irreversible:pivot'
  const late = (status: StepStatus) =>
    given(plan, { status: 'parked', direction: 'undo', parked: { reason, step: 0 } }, [
      row(0, status, { name: 'pivot' }),
    ])

  it('is resolved or skipped, for nothing takes it back', () => {
    const state = late('unknown')
    expect(refusal('retry', state, plan)).toBe(
      'nothing takes back what "pivot" did: do that by hand and resolve, or skip it and leave it there',
    )
    expect(refusal('resolve', state, plan)).toBeUndefined()
    expect(refusal('skip', state, plan)).toBeUndefined()
    expect(refusal('retry', late('failed'), plan)).toBeUndefined()
  })
})

describe('a run parked for a stray effect beside the one that is to stay', () => {
  const plan = [found]
  const reason = 'stray_effect:found'
  const beside = given(plan, { status: 'parked', parked: { reason, step: 0 } }, [
    row(0, 'completed'),
  ])

  it('is resolved or cancelled, for nothing tells the two apart', () => {
    const why =
      'nothing tells the stray effect from the one that is to stay: remove it by hand and resolve, or cancel to take back both'
    expect(refusal('retry', beside, plan)).toBe(why)
    expect(refusal('skip', beside, plan)).toBe(why)
    expect(refusal('resolve', beside, plan)).toBeUndefined()
    expect(refusal('cancel', beside, plan)).toBeUndefined()
  })

  it('is like any other where the stray effect is all there is', () => {
    for (const act of ['retry', 'skip', 'resolve'] as const) {
      const alone = { ...beside, steps: [row(0, 'unknown', { issuedAt: 1 })] }
      expect(refusal(act, alone, plan), act).toBeUndefined()
      const back = { ...alone, run: { ...beside.run, direction: 'undo' as const } }
      expect(refusal(act, back, plan), act).toBeUndefined()
    }
    const gone = { ...beside, steps: [] }
    expect(refusal('retry', gone, plan)).toBeUndefined()
  })
})

describe('a child', () => {
  const plan = [pivot, below]
  const at = (status: StepStatus, issuedAt: number | null, run: Partial<Run> = {}) =>
    given(
      plan,
      { status: 'parked', parked: { reason: 'asked:x', step: 1 }, direction: 'undo', ...run },
      [row(0, 'skipped'), row(1, status, { issuedAt, name: 'below' })],
    )

  it('that has not ended is not left to itself', () => {
    for (const act of ['skip', 'resolve', 'abandon'] as const) {
      for (const status of ['waiting', 'compensating'] as const) {
        expect(refusal(act, at(status, 1), plan), `${act} ${status}`).toBe(
          'its child "below" has not ended; end that one first',
        )
      }
      expect(refusal(act, at('waiting', null), plan), act).toBeUndefined()
      expect(refusal(act, at('completed', 1), plan), act).toBeUndefined()
    }
  })

  it('that left something is not hidden by another one', () => {
    const steps = [row(0, 'completed'), row(1, 'compensation_failed', { name: 'below' })]
    const past = { ...at('completed', 1, { direction: 'forward' }), steps }
    expect(refusal('retry', past, plan)).toBe(
      'its child "below" ended with something left behind: deal with that by hand and resolve, or abandon',
    )
    expect(refusal('resolve', past, plan)).toBeUndefined()
    // Where there is a way back, a retry takes it; on that way, it goes on.
    const before = { ...past, steps: [row(0, 'skipped'), ...steps.slice(1)] }
    expect(refusal('retry', before, plan)).toBeUndefined()
    expect(refusal('retry', { ...at('completed', 1), steps }, plan)).toBeUndefined()
  })
})
