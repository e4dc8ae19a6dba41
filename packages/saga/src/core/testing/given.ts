import type { Asked } from '../asked.ts'
import type { Plan } from '../decision.ts'
import { step } from '../define-step.ts'
import type { SagaEventData } from '../event.ts'
import { evolve, type RunState } from '../evolve.ts'
import type { PinnedStep, Run, StepRecord, StepStatus } from '../run.ts'
import { type Pending, pending } from '../step.ts'
import { newRun } from './new-run.ts'

/** States and steps by hand, for the rules that are told one by one. */
const nothing = () => undefined
const options = { do: nothing, undo: nothing }
const retry = { attempts: 3, initial: 1_000, jitter: 0 }
const limits = { retry, settles: 10_000, every: 1_000, deadline: '30s' } as const

export const found = step('found', { ...options, ...limits, find: nothing })
export const idempotent = step('idempotent', { ...options, ...limits, idempotent: true })
export const awaited = step('awaited', {
  ...options,
  ...limits,
  find: nothing,
  until: (): Pending => pending,
})
export const pivot = step('pivot', { ...limits, do: nothing, find: nothing, effect: 'pivot' })
export const read = step('read', { ...limits, do: nothing, effect: 'read' })

/** A run of these steps, claimed and going forward unless it is said otherwise. */
export function given(
  plan: Plan,
  run: Partial<Run> = {},
  steps: readonly StepRecord[] = [],
): RunState {
  return { run: { ...newRun(0, pins(plan)), status: 'running', ...run }, steps }
}

function pins(plan: Plan): readonly PinnedStep[] {
  return plan.map(({ name, kind }) => ({
    name,
    ...(kind === 'child' || kind === 'signal' ? { kind } : {}),
  }))
}

/** The same steps, all at once. */
export function atOnce({ run, steps }: RunState, most?: number): RunState {
  const limited = most === undefined ? {} : { atOnce: most }
  return { steps, run: { ...run, plan: run.plan.map((pin) => ({ ...pin, group: 0, ...limited })) } }
}

export function row(
  idx: number,
  status: StepStatus,
  { name = `step_${idx}`, ...rest }: Partial<StepRecord> = {},
): StepRecord {
  return {
    idx,
    name,
    status,
    input: null,
    key: `key-${idx}`,
    receipt: null,
    issuedAt: status === 'completed' ? 1 : null,
    output: null,
    attempts: 1,
    openedEpoch: 1,
    nextAt: null,
    deadlineAt: null,
    unknownSince: null,
    failedLookups: 0,
    error: null,
    undoAttempts: 0,
    undoDeadlineAt: null,
    undoError: null,
    startedAt: 0,
    finishedAt: null,
    undoStartedAt: null,
    undoFinishedAt: null,
    ...rest,
  }
}

export function asked(type: string, rest: Partial<Asked> = {}): Asked {
  return { type, actor: 'ada', stepIdx: null, payload: null, at: 5, ...rest }
}

export function after(
  state: RunState,
  events: readonly SagaEventData[] | 'later',
  now = 1_000,
): RunState {
  if (events === 'later') throw new TypeError('it is too early for that')
  let evolved = state
  for (const event of events) evolved = evolve(evolved, { ...event, now })
  return evolved
}

export function typesOf(events: readonly SagaEventData[] | 'later'): readonly string[] {
  return events === 'later' ? ['later'] : events.map(({ type }) => type)
}
