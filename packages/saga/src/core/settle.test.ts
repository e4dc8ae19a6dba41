import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { child } from './child.ts'
import { decide } from './decide.ts'
import type { StepCall } from './decision.ts'
import { step } from './define-step.ts'
import { transact } from './define-transact.ts'
import { StepFailed, storedError } from './errors.ts'
import { toJson } from './json.ts'
import { saga } from './saga.ts'
import { validate } from './schema.ts'
import { type Outcome, settle, settleChild, settleChildUndo, thrown } from './settle.ts'
import { echo } from './steps/echo.ts'
import { fail } from './steps/fail.ts'
import {
  after,
  awaited,
  found,
  given,
  idempotent,
  pivot,
  read,
  row,
  typesOf,
} from './testing/given.ts'

const moment = { now: 1_000, random: 0 }
const error = { code: 'x', message: 'x' }
const unknown: Outcome = { type: 'threw', error, verdict: { effect: 'unknown', retryable: true } }

describe('what a step throws', () => {
  it('proves nothing, unless it says so or the host knows the error', () => {
    const none = () => undefined
    expect(thrown(new Error('x'), none).verdict).toEqual({ effect: 'unknown', retryable: true })
    expect(thrown(new StepFailed('x'), none).verdict).toEqual({ effect: 'none', retryable: false })
    const lost = new StepFailed('x', { effect: 'unknown', retryable: true })
    expect(thrown(lost, none).verdict).toEqual({ effect: 'unknown', retryable: true })
    const known = { effect: 'none', retryable: true } as const
    expect(thrown(new Error('x'), () => known).verdict).toEqual(known)
    const broken = () => {
      throw new Error('a classifier that fails has proved nothing')
    }
    expect(thrown(new Error('x'), broken).verdict).toEqual({ effect: 'unknown', retryable: true })
  })
})

describe('an output that its schema refuses', () => {
  const made = step('made', {
    idempotent: true,
    output: z.object({ disk: z.object({ id: z.string() }) }),
    do: () => ({ disk: { id: 'd1' } }),
    undo: () => {},
  })

  async function refused(value: unknown): Promise<Extract<Outcome, { type: 'unusable' }>> {
    try {
      await validate(made.output ?? z.never(), value, 'what do of step "made" gave')
    } catch (caught) {
      return { type: 'unusable', value: toJson(value, 'x'), error: storedError(caught) }
    }
    throw new TypeError('it was not refused')
  }

  it('names the path of each fault', async () => {
    const { error: why } = await refused({ disk: { id: 7 } })
    expect(why.code).toBe('invalid_input')
    expect(why.message).toContain('what do of step "made" gave is not valid: disk.id: ')
    const whole = await refused('nothing of the kind')
    expect(whole.error.message).toMatch(/^what do of step "made" gave is not valid: [A-Z]/)
  })

  it('is out there all the same: its receipt is kept, and it is taken back', async () => {
    const outcome = await refused({ disk: { id: 7 } })
    const state = given([made], {}, [row(0, 'running')])
    const unusable = after(state, settle(row(0, 'running'), made, 'do', outcome, moment))
    expect(unusable.steps[0]).toMatchObject({
      status: 'unknown',
      receipt: { disk: { id: 7 } },
      output: null,
      error: outcome.error,
    })
    const decision = decide(unusable, [made], 1_000)
    if (decision.type !== 'record') throw new TypeError(decision.type)
    const back = after(unusable, decision.events)
    expect(back.run.error).toEqual({ reason: 'step_failed:step_0', compensate_from_idx: 0 })
    expect(decide(back, [made], 1_000)).toMatchObject({ events: [{ type: 'undo_opened' }] })
  })

  it('of a pivot parks: there is no way back', async () => {
    const unusable = after(
      given([pivot], {}, [row(0, 'running')]),
      settle(row(0, 'running'), pivot, 'do', await refused(1), moment),
    )
    expect(decide(unusable, [pivot], 1_000)).toMatchObject({
      events: [{ type: 'run_parked', reason: 'outcome_unknown:step_0' }],
    })
  })

  it('of an until leaves the receipt as it was', async () => {
    const waiting = row(0, 'waiting', { issuedAt: 1, receipt: 'r' })
    const events = settle(waiting, awaited, 'until', await refused(1), moment)
    expect(typesOf(events)).toEqual(['step_unknown'])
    expect(after(given([awaited], {}, [waiting]), events).steps[0]?.receipt).toBe('r')
  })

  it('of a step that leaves nothing, or whose SQL is not committed, fails it', async () => {
    const sql = transact('sql', { do: () => undefined, undo: () => undefined })
    for (const harmless of [read, sql]) {
      const events = settle(row(0, 'running'), harmless, 'do', await refused(1), moment)
      expect(typesOf(events), harmless.name).toEqual(['step_failed'])
    }
  })
})

describe('a call that was not made', () => {
  it('does not count, and leaves an earlier attempt as unknown as it was', () => {
    const not: Outcome = { type: 'not_called' }
    const first = settle(row(0, 'running'), found, 'do', not, moment)
    expect(first).toEqual([{ type: 'step_not_called', idx: 0 }])
    const again = row(0, 'running', { unknownSince: 7 })
    expect(settle(again, idempotent, 'do', not, moment)).toMatchObject([
      { type: 'step_unknown', since: 7, nextAt: 1_000, error: { code: 'not_called' } },
    ])
    const known = settle({ ...again, error }, idempotent, 'do', not, moment)
    expect(known).toMatchObject([{ error }])
    for (const call of ['find', 'until', 'undo'] satisfies StepCall[]) {
      expect(settle(row(0, 'running'), found, call, not, moment), call).toEqual([])
    }
  })
})

describe('a do that answers pending', () => {
  it('has done nobody knows what', () => {
    expect(settle(row(0, 'running'), found, 'do', { type: 'not_yet' }, moment)).toMatchObject([
      { type: 'step_unknown', error: { code: 'not_an_outcome' } },
    ])
  })
})

describe('an absence', () => {
  it('that nobody has a word for is an error of its own', () => {
    const absent = settle(
      row(0, 'unknown', { unknownSince: -9_000 }),
      found,
      'find',
      { type: 'not_yet' },
      moment,
    )
    expect(absent).toMatchObject([{ type: 'step_retrying', error: { code: 'absent' } }])
  })

  it('of the last attempt is the end of it', () => {
    const last = row(0, 'unknown', { unknownSince: -9_000, attempts: 3 })
    expect(typesOf(settle(last, found, 'find', { type: 'not_yet' }, moment))).toEqual([
      'step_failed',
    ])
  })

  it('that has no beginning does not count yet', () => {
    const row0 = row(0, 'unknown')
    expect(typesOf(settle(row0, found, 'find', { type: 'not_yet' }, moment))).toEqual([
      'lookup_unsettled',
    ])
  })
})

describe('an undo of which nobody knows whether it worked', () => {
  it('is made again', () => {
    expect(settle(row(0, 'compensating'), found, 'undo', unknown, moment)).toEqual([
      { type: 'undo_retrying', idx: 0, error, nextAt: 1_000 + 500 },
    ])
  })
})

describe('the state of a child', () => {
  const below = saga('below', z.object({})).step(found)
  const once = child(below)
  const thrice = child(below, { retry: { attempts: 3, initial: '2s', jitter: 0 } })

  it('settles the step that waits for it', () => {
    const look = (state: Parameters<typeof settleChild>[2], step = once, attempts = 1) =>
      settleChild(row(0, 'waiting', { attempts, name: 'below' }), step, state, moment)
    expect(look({ type: 'under_way' })).toEqual([
      { type: 'step_probed', idx: 0, nextAt: null, error: null },
    ])
    expect(look({ type: 'completed', output: { a: 1 } })).toEqual([
      { type: 'step_completed', idx: 0, output: { a: 1 } },
    ])
    expect(look({ type: 'failed', error })).toEqual([{ type: 'undo_failed', idx: 0, error }])
    const back = { type: 'rolled_back', error } as const
    expect(look(back)).toEqual([{ type: 'step_failed', idx: 0, name: 'below', error }])
    expect(look(back, thrice)).toEqual([{ type: 'step_retrying', idx: 0, error, nextAt: 3_000 }])
    expect(typesOf(look(back, thrice, 3))).toEqual(['step_failed'])
  })

  it('settles the undo that waits for it', () => {
    const look = (state: Parameters<typeof settleChildUndo>[1]) =>
      typesOf(settleChildUndo(row(0, 'compensating'), state))
    expect(look({ type: 'under_way' })).toEqual(['undo_pending'])
    expect(look({ type: 'completed', output: null })).toEqual(['undo_pending'])
    expect(look({ type: 'rolled_back', error })).toEqual(['step_compensated'])
    expect(look({ type: 'failed', error })).toEqual(['undo_failed'])
  })
})

describe('the steps to try things out with', () => {
  const args = {
    context: {},
    key: 'k',
    run: { id: 'r', tag: 't', kind: 'k' },
    idx: 2,
    attempt: 1,
    epoch: 1,
    signal: new AbortController().signal,
    now: new Date(0),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    secret: async (): Promise<string> => 'none',
    receipt: undefined,
    output: undefined,
  }

  it('echo gives back what it is told, or says hello', async () => {
    const told = async (value: unknown) => {
      const input = await validate(echo.input ?? z.never(), value, 'the input')
      return echo.do?.({ ...args, input })
    }
    expect(await told({ message: 'ho' })).toEqual({ echoed_at_step_2: 'ho' })
    expect(await told({})).toEqual({ echoed_at_step_2: 'hello' })
    expect(await told(null)).toEqual({ echoed_at_step_2: 'hello' })
    expect(await told(7)).toEqual({ echoed_at_step_2: 'hello' })
    await expect(told({ message: 7 })).rejects.toThrow('the input is not valid: message: give text')
    expect(echo.undo?.({ ...args, input: {} })).toBeUndefined()
  })

  it('fail fails, and has no effect', () => {
    expect(() => fail.do?.({ ...args, input: {} })).toThrow(StepFailed)
    expect(fail.effect).toBe('read')
  })
})
