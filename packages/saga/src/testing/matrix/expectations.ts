import type { CaseName, Fault, Strike } from './fault.ts'

const resumes: readonly Fault[] = ['stale', 'resumed', 'slow', 'hang']
const ofStatements: readonly Fault[] = ['error', 'lost', 'overtaken']

/** Of a call of the world; the others are of statements. */
export function isOfCall(point: string): boolean {
  return /^[a-z0-9_]+\.\d+\./.test(point)
}

function isCall({ point }: Strike): boolean {
  return isOfCall(point)
}

/**
 * Whether a fault alone must leave no trace in how the run ends: the worker lives on, and the world
 * has had no trouble.
 */
export function mustEndAsAlways({ strikes }: CaseName): boolean {
  return (
    strikes.length > 0 &&
    strikes.every((strike) => !isCall(strike) && ofStatements.includes(strike.fault))
  )
}

/**
 * Whether somebody may have had an effect who came too late for it to be looked for, and died before
 * telling: no engine can know of it.
 */
export function mayBeUntold({ strikes }: CaseName): boolean {
  const struck = (...faults: readonly Fault[]) =>
    strikes.some(({ fault }) => faults.includes(fault))
  return struck(...resumes) && struck('crash', 'crash_late')
}

/** Whether what goes wrong in a case is a reason for its run to need an operator. */
export function isExpectedToPark(
  { strikes, variant }: CaseName,
  {
    saga,
  }: {
    readonly saga: { readonly steps: readonly { readonly step: { readonly effect: string } }[] }
  },
  { reason, isBeside }: { readonly reason: string; readonly isBeside: boolean },
): boolean {
  const [why = ''] = reason.split(':')
  const struck = (...faults: readonly Fault[]) =>
    strikes.some(({ fault }) => faults.includes(fault))
  switch (why) {
    case 'stray_effect':
    case 'irreversible':
      return struck(...resumes)
    case 'undo_exhausted':
      return strikes.some((strike) => isCall(strike)) || strikes.length > 1
    case 'outcome_unknown':
    case 'step_failed':
    case 'rejected': {
      // What failed before the point of no return goes back.
      const isPast = saga.steps.some(({ step }) => step.effect === 'pivot')
      const isRefused = /^(fails|rejected|unanswered)/.test(variant)
      return why === 'outcome_unknown' || isPast
        ? isRefused ||
            strikes.some((strike) => isCall(strike)) ||
            struck('crash', 'stale', 'resumed')
        : false
    }
    case 'stalled':
      return isBeside && struck('poison')
    default:
      return false
  }
}
