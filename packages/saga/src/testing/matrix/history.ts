import type { RunEventData, StepEventData } from '../../core/event.ts'
import type { RunStatus, StepStatus } from '../../core/run.ts'
import {
  nextRunStatus,
  nextStepStatus,
  runTransitions,
  stepTransitions,
  unopened,
} from '../../core/transitions.ts'
import type { RunEvent } from '../../engine/api.ts'
import type { StoredRun } from '../../engine/store.ts'

/**
 * What is wrong with the history of a run: a gap, a transition that is not legal, an end that is not
 * what the run and its ledger say.
 */
export function historyFaults({ run, steps }: StoredRun, events: readonly RunEvent[]): string[] {
  const faults: string[] = []
  for (const [n, { seq }] of events.entries()) {
    if (seq !== n + 1) {
      faults.push(`event ${n + 1} of its history has the number ${seq}`)
      break
    }
  }
  if (events.length !== run.eventSeq) {
    faults.push(`it has ${events.length} events, and counts ${run.eventSeq}`)
  }
  try {
    const told = fold(events)
    if (told.status !== run.status) {
      faults.push(`its history ends ${told.status}, and it is ${run.status}`)
    }
    for (const { idx, name, status } of steps) {
      const said = told.steps.get(idx) ?? unopened
      const isInterrupted = said === 'running' && status === 'unknown'
      if (said !== status && !isInterrupted) {
        faults.push(
          `its history leaves step ${idx} (${name}) ${said}, and the ledger says ${status}`,
        )
      }
    }
  } catch (error) {
    faults.push(`its history cannot be: ${error instanceof Error ? error.message : String(error)}`)
  }
  return faults
}

function fold(events: readonly RunEvent[]) {
  const steps = new Map<number, StepStatus>()
  let status: RunStatus = 'pending'
  let isBack = false
  const apply = (type: RunEventData['type']) => {
    const next = nextRunStatus(status, type)
    status = next === 'running' && isBack ? 'compensating' : next
  }
  for (const { type, idx } of events) {
    if (idx !== null && isStepType(type)) {
      claimed()
      steps.set(idx, nextStep(steps.get(idx) ?? unopened, type))
    } else if (isRunType(type)) {
      if (type !== 'run_claimed') claimed()
      if (type === 'compensation_started' || type === 'roll_back_requested') isBack = true
      apply(type)
    }
  }
  return { status, steps }

  /** A run that goes on in order is claimed without a word in its history. */
  function claimed(): void {
    if (status === 'waiting' || status === 'pending') apply('run_claimed')
  }
}

/** A call that was cut off is unknown at the next claim, without a word in the history. */
function nextStep(status: StepStatus | typeof unopened, type: StepEventData['type']): StepStatus {
  const isCutOff = status === 'running' && stepTransitions[type].running === undefined
  return nextStepStatus(isCutOff ? 'unknown' : status, type)
}

function isStepType(type: string): type is StepEventData['type'] {
  return type in stepTransitions
}

function isRunType(type: string): type is RunEventData['type'] {
  return type in runTransitions
}
