import { z } from 'zod'
import type { SagaEvent } from '../api/saga-events.ts'
import type { Saga } from '../api/shapes.ts'
import { actorName, waitsFor } from '../render/words.ts'
import { parkedBy, turnedBy } from './reason.ts'

/** What happened, in words; of some it takes a look at what they are about. */
type Words = Readonly<Record<string, string | ((event: SagaEvent, saga: Saga) => string)>>

const words: Words = {
  run_created: 'started',
  run_claimed: ({ detail }) =>
    detail['interruptedAt'] ? 'taken over from a worker that was lost' : 'taken up',
  locks_acquired: 'got its locks',
  run_waiting: ({ detail }) => `waits${waitsFor(textOf(detail, 'waitsFor') || 'time')}`,
  cancel_requested: 'cancel asked for',
  compensation_started: 'goes back',
  run_completed: 'completed',
  run_rolled_back: 'rolled back',
  run_failed: 'left something behind',
  run_parked: ({ actor }) => (actor ? 'parked' : 'needs somebody'),
  run_resumed: ({ detail }) => `let go on (${textOf(detail, 'act')})`,
  run_abandoned: 'given up',
  roll_back_requested: 'roll back asked for',
  act_refused: ({ detail }) => `${textOf(detail, 'act').replaceAll('_', ' ')} refused`,
  step_opened: (event) => `begun${attemptOf(event)}`,
  step_not_called: 'not begun after all',
  step_asleep: 'sleeps',
  step_awaiting: 'waits for an answer',
  step_answered: ({ idx }, { plan }) =>
    plan[idx ?? -1]?.kind === 'approval' ? 'approved' : 'signal received',
  step_rejected: 'rejected',
  child_started: 'started another saga',
  child_reported: 'the other saga has ended',
  step_issued: 'asked for',
  step_probed: 'looked at',
  step_completed: 'completed',
  step_retrying: 'to be tried again',
  step_failed: 'failed',
  step_unknown: 'outcome unknown',
  lookup_failed: 'could not be looked for',
  lookup_unsettled: 'not found yet',
  undo_opened: (event) => `undo begun${attemptOf(event)}`,
  undo_pending: 'undo asked for',
  undo_retrying: 'undo to be tried again',
  step_compensated: 'undone',
  undo_failed: 'undo failed',
  stray_reported: 'a worker that had lost it reported an effect',
  stray_unsettled: 'a stray effect, to be taken back',
  stray_doubted: 'a worker that had lost it could not tell whether it had an effect',
  doubt_unsettled: 'to be looked for again',
  step_retried: 'to be tried anew',
  lookup_retried: 'to be looked for anew',
  undo_retried: 'undo to be tried anew',
  step_skipped: 'skipped',
  step_resolved: 'taken for done',
  undo_skipped: 'undo skipped',
  undo_resolved: 'undo taken for done',
}

export function eventText(event: SagaEvent, saga: Saga): string {
  const found = Object.hasOwn(words, event.type) ? words[event.type] : undefined
  if (typeof found === 'function') return found(event, saga)
  return found ?? event.type.replaceAll('_', ' ')
}

/** The name of the step that it is about. */
export function stepOf({ idx }: SagaEvent, { plan }: Saga): string {
  return plan[idx ?? -1]?.name ?? ''
}

/** Who did it: somebody outside, another saga, or the worker that has it. */
export function doerOf({ actor, detail }: SagaEvent): string {
  const worker = textOf(detail, 'worker')
  return actorName(actor ?? null) || (worker === '' ? '' : `worker ${worker}`)
}

const fault = z.looseObject({ message: z.string() })

/** Why: what was given as the reason, or what went wrong. */
export function whyOf({ type, detail }: SagaEvent): string {
  const reason = textOf(detail, 'reason')
  if (type === 'run_parked') return parkedBy(reason)
  if (type === 'compensation_started') return turnedBy(reason)
  return reason || (fault.safeParse(detail['error']).data?.message ?? '')
}

const acts = new Set([
  'cancel_requested',
  'run_parked',
  'run_resumed',
  'run_abandoned',
  'roll_back_requested',
  'act_refused',
  'step_answered',
  'step_rejected',
  'step_skipped',
  'step_resolved',
  'undo_skipped',
  'undo_resolved',
])
const settledByWord = new Set(['step_skipped', 'step_resolved', 'undo_skipped', 'undo_resolved'])

/** What people said of the saga: their acts, each once. */
export function whatWasSaid(events: readonly SagaEvent[]): readonly SagaEvent[] {
  return events.filter(({ type, actor }, at) => {
    if (!acts.has(type) || !actor || actor.startsWith('saga:')) return false
    // That it goes on follows from what was said of the step right before, with the reason.
    return type !== 'run_resumed' || !settledByWord.has(events[at - 1]?.type ?? '')
  })
}

function attemptOf({ detail: { attempt } }: SagaEvent): string {
  return typeof attempt === 'number' && attempt > 1 ? ` (attempt ${attempt})` : ''
}

function textOf(detail: SagaEvent['detail'], name: string): string {
  const text = detail[name]
  return typeof text === 'string' ? text : ''
}
