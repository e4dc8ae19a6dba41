import { SagaError, storedError } from '../core/errors.ts'
import type { SagaEventData } from '../core/event.ts'
import type { Json } from '../core/json.ts'
import { contextOf, isJsonObject } from '../core/plan.ts'
import type { Run } from '../core/run.ts'
import type { PlacedStep, SagaDefinition } from '../core/saga.ts'
import { type ChildState, settleChild, settleChildUndo } from '../core/settle.ts'
import type { Queryable } from '../core/step.ts'
import { untilAnswered } from './commit.ts'
import { commitTogether } from './commit-together.ts'
import type { Execution } from './execution.ts'
import { checkContext } from './payload.ts'
import type { RunnerDeps } from './runner-deps.ts'
import { childKeys, newRun, type Prepared, prepareSaga } from './starts.ts'
import { rowOf, scopeOf } from './step-call.ts'
import type { StoredRun } from './store.ts'

/**
 * Starts the child of a step: the child and the ledger row that waits for it are one transaction,
 * so there is never one without the other.
 */
export async function startChild(
  deps: RunnerDeps,
  execution: Execution,
  placed: PlacedStep,
  idx: number,
): Promise<void> {
  const { run, steps } = execution.state
  const { name } = placed.step
  const saga = sagaOf(placed)
  let prepared: Prepared
  try {
    prepared = await prepareSaga(
      saga,
      await scopeOf(execution.state, placed, idx),
      deps.payloadLimits,
    )
    checkLocks(prepared, run.lockKeys)
    deps.secrets.refuse(prepared.inputs, `the input of step "${name}"`)
    checkContext(execution.state, [prepared.inputs], `step "${name}"`, deps.payloadLimits)
  } catch (error) {
    deps.log.warn({ step: name, idx, err: error }, 'the child cannot be started')
    const stored = storedError(error, deps.secrets.scrub)
    execution.apply([{ type: 'step_failed', idx, name, error: stored }])
    return
  }
  const attempt = (steps[idx]?.attempts ?? 0) + 1
  const { lockKeys, reservedFor, priority, rootId } = run
  const child = newRun({ ...prepared, lockKeys }, deps.newId(), {
    startKey: `${childKeys}${run.id}:${idx}:${attempt}`,
    startedBy: `saga:${run.id}`,
    reservedFor,
    priority,
    parent: { id: run.id, step: idx, rootId },
    traceContext: deps.observed.forChild,
  })
  const started: SagaEventData = {
    type: 'child_started',
    idx,
    name,
    input: child.inputs,
    key: `${run.id}-${idx}`,
    attempt,
    receipt: { saga_id: child.id },
  }
  let inserted: Run | undefined
  await commitTogether(deps, execution, [started], async (tx) => {
    inserted = (await deps.store.insertRun({ run: child, tx })).run
  })
  if (inserted !== undefined) deps.observed.started(child.kind, inserted)
  await hint(deps)
}

/** What holds for all of a tree is held by its root: a child that took more could wait in a circle. */
function checkLocks({ kind, lockKeys }: Prepared, held: readonly string[]): void {
  const missing = lockKeys.filter((key) => !held.includes(key))
  if (missing.length > 0) {
    throw new SagaError(
      'lock_not_held',
      `the child "${kind}" needs locks that the saga it is a part of does not declare: ${missing.join(', ')}; add them to its locks`,
    )
  }
}

/** A hint that is lost costs a poll, nothing more. */
async function hint({ store, log }: RunnerDeps): Promise<void> {
  try {
    await store.notify()
  } catch (error) {
    log.debug({ err: error }, 'the workers could not be told of a child; they will find it')
  }
}

/** Looks how a child is that has reported its end. */
export async function lookAtChild(
  deps: RunnerDeps,
  execution: Execution,
  placed: PlacedStep,
  idx: number,
): Promise<void> {
  const step = rowOf(execution.state, idx)
  const state = childState(await readChild(deps, execution, idx), placed)
  const moment = { now: execution.now(), random: deps.random() }
  execution.apply(settleChild(step, placed.step, state, moment))
}

/**
 * Has a child undone: one under way is cancelled, a completed one rolled back. The ledger row and
 * what the child is told are one transaction.
 */
export async function undoChild(
  deps: RunnerDeps,
  execution: Execution,
  placed: PlacedStep,
  idx: number,
): Promise<void> {
  for (;;) {
    const child = await readChild(deps, execution, idx)
    const state = childState(child, placed)
    const events = [
      ...opened(execution, idx, placed),
      ...settleChildUndo(rowOf(execution.state, idx), state),
    ]
    const asked = wordFor(child)
    if (asked === undefined) {
      execution.apply(events)
      return
    }
    try {
      return await commitTogether(deps, execution, events, (tx) => tell(deps, child, asked, tx))
    } catch (error) {
      // It ended between the look and the word.
      if (!(error instanceof ChildEnded)) throw error
    }
  }
}

function opened(execution: Execution, idx: number, { step }: PlacedStep): readonly SagaEventData[] {
  const { status, undoAttempts } = rowOf(execution.state, idx)
  if (status === 'compensating') return []
  const deadlineAt = execution.now() + step.policy.undo.deadlineMs
  return [{ type: 'undo_opened', idx, attempt: undoAttempts + 1, deadlineAt }]
}

/** What a child has to be told so that it goes back; undefined: nothing more. */
function wordFor(child: StoredRun | undefined): 'cancel' | 'roll_back' | undefined {
  if (child === undefined || child.run.direction === 'undo') return undefined
  if (child.run.status === 'completed') return 'roll_back'
  return child.run.status === 'failed' ? undefined : 'cancel'
}

class ChildEnded extends Error {}

async function tell(
  { store }: RunnerDeps,
  child: StoredRun | undefined,
  type: 'cancel' | 'roll_back',
  tx: Queryable,
): Promise<void> {
  const runId = child?.run.id ?? ''
  const payload = { by: 'parent' }
  const told = await store.insertSignal({
    runId,
    type,
    actor: child?.run.startedBy ?? null,
    payload,
    tx,
  })
  if (!told) throw new ChildEnded()
}

function readChild(
  deps: RunnerDeps,
  execution: Execution,
  idx: number,
): Promise<StoredRun | undefined> {
  const id = childIdOf(rowOf(execution.state, idx).receipt)
  return untilAnswered(deps, execution.state.run.id, () => deps.store.readRun({ id }))
}

function childState(child: StoredRun | undefined, placed: PlacedStep): ChildState {
  if (child === undefined) {
    return {
      type: 'failed',
      error: { code: 'child_missing', message: 'its child is not there any more' },
    }
  }
  const { run, steps } = child
  const because = run.error === null ? '' : `: ${run.error.reason}`
  switch (run.status) {
    case 'completed':
      return { type: 'completed', output: outputOf(contextOf(run.plan, steps), placed) }
    case 'rolled_back': {
      const message = `saga ${run.id} rolled back${because}`
      return { type: 'rolled_back', error: { code: 'child_rolled_back', message } }
    }
    case 'failed': {
      const message = `saga ${run.id} ended with something left behind${because}`
      return { type: 'failed', error: { code: 'child_failed', message } }
    }
    default:
      return { type: 'under_way' }
  }
}

function outputOf(context: { readonly [key: string]: Json }, { step }: PlacedStep): Json {
  const as = step.child?.as
  return as === undefined ? context : { [as]: context }
}

function sagaOf({ step }: PlacedStep): SagaDefinition {
  if (step.child === undefined) throw new TypeError(`step "${step.name}" has no child`)
  return step.child.saga
}

/** The run that a step has started. */
export function childIdOf(receipt: Json): string {
  const id = isJsonObject(receipt) ? receipt['saga_id'] : undefined
  if (typeof id !== 'string') throw new TypeError('the ledger row names no child')
  return id
}
