import type { ChildAct } from '../decision.ts'
import type { SagaEventData } from '../event.ts'
import { isJsonObject } from '../plan.ts'
import { type ChildState, settleChild, settleChildUndo } from '../settle.ts'
import { doingOf } from './behaviour.ts'
import type { SimulatedRun } from './simulated-run.ts'

/** Starts a child, looks how it is, or tells it to go back, as the engine does. */
export function followChild(run: SimulatedRun, act: ChildAct, idx: number): void {
  run.flush()
  const { answer, lands } = doingOf(run.draw(idx, `child ${act}`))
  if (answer === 'lost' && lands === 'never') {
    run.crash()
    return
  }
  switch (act) {
    case 'start':
      start(run, idx, answer === 'refused')
      break
    case 'look': {
      const state = stateOf(childAt(run, idx))
      const moment = { now: run.simulation.now, random: 0 }
      run.apply(settleChild(run.rowAt(idx), run.definitionAt(idx), state, moment))
      break
    }
    case 'undo':
      undo(run, idx)
  }
  // The child and the ledger row that waits for it are one transaction.
  run.flush()
  if (answer === 'lost') run.crash()
}

function start(run: SimulatedRun, idx: number, refused: boolean): void {
  const { name } = run.definitionAt(idx)
  if (refused) {
    const error = { code: 'lock_not_held', message: 'x' }
    run.apply([{ type: 'step_failed', idx, name, error }])
    return
  }
  const attempt = (run.state.steps[idx]?.attempts ?? 0) + 1
  const child = run.simulation.startChild(run, idx)
  const receipt = { child: child.id }
  const key = `key-${idx}`
  run.apply([{ type: 'child_started', idx, name, input: null, key, attempt, receipt }])
}

function undo(run: SimulatedRun, idx: number): void {
  const child = childAt(run, idx)
  const { undoAttempts, status } = run.rowAt(idx)
  const deadlineAt = run.simulation.now + run.definitionAt(idx).policy.undo.deadlineMs
  const opened: readonly SagaEventData[] =
    status === 'compensating'
      ? []
      : [{ type: 'undo_opened', idx, attempt: undoAttempts + 1, deadlineAt }]
  const word = wordFor(child)
  run.apply([...opened, ...settleChildUndo(run.rowAt(idx), stateOf(child))])
  if (word !== undefined) {
    child.tell(run.simulation.letter(word, { payload: { by: 'parent' } }))
  }
}

function wordFor({ written: { run } }: SimulatedRun): 'cancel' | 'roll_back' | undefined {
  if (run.direction === 'undo') return undefined
  if (run.status === 'completed') return 'roll_back'
  return run.status === 'failed' ? undefined : 'cancel'
}

function stateOf({ written }: SimulatedRun): ChildState {
  const { status } = written.run
  const error = { code: `child_${status}`, message: status }
  switch (status) {
    case 'completed':
      return { type: 'completed', output: {} }
    case 'rolled_back':
    case 'failed':
      return { type: status, error }
    default:
      return { type: 'under_way' }
  }
}

/** The child that a step waits for now. */
export function childAt(run: SimulatedRun, idx: number): SimulatedRun {
  const { receipt } = run.rowAt(idx)
  const id = isJsonObject(receipt) ? receipt['child'] : undefined
  const child = run.simulation.runs.find((one) => one.id === id)
  if (child === undefined) throw new RangeError(`step ${idx} has no child`)
  return child
}
