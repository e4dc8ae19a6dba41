import type { Saga, Step } from '../api/shapes.ts'
import { between } from '../render/time.ts'
import { hasEnded } from './standing.ts'

/** From when to when; without an end it is under way. */
type Span = Readonly<{ from: string | null | undefined; to: string | null | undefined }>

/** How long the way forward of a step took; nothing goes on in a saga that has ended. */
export function forwardTime(saga: Saga, step: Step, now: number): number | undefined {
  // What never finished forward was over when it was taken back.
  const end = step.finished_at ?? step.undo_finished_at
  return between(step.started_at, end ?? endOf(saga), now)
}

/** How long taking it back took. */
export function undoTime(saga: Saga, step: Step, now: number): number | undefined {
  return between(step.undo_started_at, step.undo_finished_at ?? endOf(saga), now)
}

/** How long a step took there and back; undefined for none begun. */
export function stepTime(saga: Saga, step: Step, now: number): number | undefined {
  const { from, to } = stepSpan(saga, step)
  return between(from, to ?? endOf(saga), now)
}

/** The time of a step there and back, as its own row has it. */
export function stepSpan(saga: Saga, step: Step): Span {
  const { started_at: from, finished_at: to, undo_started_at: back, undo_finished_at: end } = step
  if (!back) return { from, to: end ?? to }
  // Between the two ways lies what it stood complete: days, where somebody thought better of it.
  return { from: saga.error?.reason === 'rolled_back' ? back : from, to: end }
}

function endOf(saga: Saga): string | null | undefined {
  return hasEnded(saga) ? saga.ended_at : null
}
