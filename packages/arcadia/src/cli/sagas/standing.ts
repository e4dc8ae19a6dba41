import { z } from 'zod'
import type { Saga, Step } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { sagaStatus, stepMark, stepStatus, waitsFor } from '../render/words.ts'

const ended = new Set(['completed', 'rolled_back', 'failed'])

export function hasEnded({ status }: Pick<Saga, 'status'>): boolean {
  return ended.has(status)
}

/** Whether nothing more happens by itself. */
export function hasSettled(saga: Pick<Saga, 'status'>): boolean {
  return hasEnded(saga) || saga.status === 'parked'
}

export function exitCodeOf({ status }: Pick<Saga, 'status'>): ExitCode {
  return status === 'completed' ? exitCodes.ok : exitCodes.failed
}

/** The status in words, and what it waits for. */
export function standing(saga: Saga): ReturnType<typeof sagaStatus> {
  const { status, waits_for: awaited, cancel_requested: isCancelled } = saga
  // On the way back, too, a saga waits for the cloud most of the time.
  if (status === 'waiting' && hasTurned(saga)) return sagaStatus('compensating')
  const { text, ...style } = sagaStatus(status)
  const waiting = status === 'waiting' && awaited !== null ? waitsFor(awaited) : ''
  const cancelled = isCancelled && !hasEnded(saga) && !hasTurned(saga) ? ', cancel asked for' : ''
  return { text: `${text}${waiting}${cancelled}`, ...style }
}

/**
 * Whether it is on the way back. A saga has an error from the moment it turns: lists, which have no
 * ledger, say the same by it.
 */
export function hasTurned({ status, error, steps = [] }: Saga): boolean {
  if (status === 'compensating' || steps.some(({ undo_started_at: undo }) => undo)) return true
  return (status === 'waiting' || status === 'parked') && error !== null
}

const withoutSnapshot = z.looseObject({ snapshot_id: z.null() })

const underWay = new Set(['running', 'waiting', 'compensating'])

/** Where a step is, in words and as a mark. */
export function stepStanding(saga: Saga, step: Step) {
  const shown = shownStatus(saga, step)
  return { ...stepStatus(shown), mark: stepMark(shown) }
}

function shownStatus(saga: Saga, { status, key, output }: Step): string {
  if (underWay.has(status) && hasEnded(saga)) {
    // Given up in the middle: of an approval, say, nothing is left that somebody has to remove.
    const isLeft = saga.error?.left_behind?.some((left) => left.key === key) === true
    return isLeft ? 'left_behind' : 'given_up'
  }
  // A tick at a snapshot that nobody asked for would be taken for a backup.
  const isIdle = status === 'completed' && withoutSnapshot.safeParse(output).success
  return isIdle ? 'not_asked_for' : status
}

/** What went wrong last in a step, or its undo. */
export function troubleOf({ error, undo_error: undoError }: Step): string | undefined {
  return (undoError ?? error)?.message
}

/** How often a step, and its undo, was tried; empty for the usual once. */
export function attemptsOf({ attempts, undo_attempts: undos }: Step): string {
  const forward = attempts > 1 ? [`attempt ${attempts}`] : []
  const back = undos > 1 ? [`undo attempt ${undos}`] : []
  return [...forward, ...back].join(', ')
}
