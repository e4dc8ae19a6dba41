import type { StoredError } from '../core/errors.ts'
import type { Json } from '../core/json.ts'
import type {
  Direction,
  PinnedStep,
  Run,
  RunError,
  RunStatus,
  StepRecord,
  StepStatus,
  TraceContext,
  WaitsFor,
} from '../core/run.ts'

/** A row of `saga_runs`, as the driver gives it. */
export interface RunRow {
  id: string
  tag: string
  kind: string
  version: number
  plan: readonly PinnedStep[]
  status: RunStatus
  direction: Direction
  current_step: number
  inputs: { readonly [key: string]: Json }
  input_hash: string
  context: { readonly [key: string]: Json }
  error: RunError | null
  parked: { readonly reason: string; readonly step: number } | null
  start_key: string | null
  priority: number
  wake_at: Date | null
  waits_for: WaitsFor | null
  lock_keys: readonly string[]
  locks_held: boolean
  reserved_for: string | null
  worker_id: string | null
  epoch: number
  revision: string
  event_seq: number
  root_id: string
  parent_id: string | null
  parent_step: number | null
  cancel_requested_at: Date | null
  cancel_requested_by: string | null
  started_by: string | null
  trace_context: TraceContext | null
  created_at: Date
  started_at: Date | null
  ended_at: Date | null
}

/** The columns of a {@link RunRow}, of the table under the alias given. */
export function runColumns(alias: string): string {
  return runColumnNames.map((name) => `${alias}.${name}`).join(', ')
}

const runColumnNames = [
  'id',
  'tag',
  'kind',
  'version',
  'plan',
  'status',
  'direction',
  'current_step',
  'inputs',
  'input_hash',
  'context',
  'error',
  'parked',
  'start_key',
  'priority',
  'wake_at',
  'waits_for',
  'lock_keys',
  'locks_held',
  'reserved_for',
  'worker_id',
  'epoch',
  'revision',
  'event_seq',
  'root_id',
  'parent_id',
  'parent_step',
  'cancel_requested_at',
  'cancel_requested_by',
  'started_by',
  'trace_context',
  'created_at',
  'started_at',
  'ended_at',
] as const satisfies readonly (keyof RunRow)[]

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    tag: row.tag,
    kind: row.kind,
    version: row.version,
    plan: row.plan,
    status: row.status,
    direction: row.direction,
    currentStep: row.current_step,
    inputs: row.inputs,
    context: row.context,
    error: row.error,
    parked: row.parked,
    startKey: row.start_key,
    priority: row.priority,
    wakeAt: ms(row.wake_at),
    waitsFor: row.waits_for,
    lockKeys: row.lock_keys,
    locksHeld: row.locks_held,
    reservedFor: row.reserved_for,
    workerId: row.worker_id,
    epoch: row.epoch,
    revision: Number(row.revision),
    eventSeq: row.event_seq,
    rootId: row.root_id,
    parentId: row.parent_id,
    parentStep: row.parent_step,
    cancelRequestedAt: ms(row.cancel_requested_at),
    cancelRequestedBy: row.cancel_requested_by,
    startedBy: row.started_by,
    traceContext: row.trace_context,
    createdAt: row.created_at.getTime(),
    startedAt: ms(row.started_at),
    endedAt: ms(row.ended_at),
  }
}

/** A row of `saga_step_results`. */
export interface StepRow {
  saga_id: string
  step_idx: number
  name: string
  status: StepStatus
  input: Json
  key: string
  receipt: Json
  issued_at: Date | null
  output: Json
  attempts: number
  opened_epoch: number
  next_at: Date | null
  deadline_at: Date | null
  unknown_since: Date | null
  failed_lookups: number
  error: StoredError | null
  undo_attempts: number
  undo_deadline_at: Date | null
  undo_error: StoredError | null
  started_at: Date
  finished_at: Date | null
  undo_started_at: Date | null
  undo_finished_at: Date | null
}

export function toStep(row: StepRow): StepRecord {
  return {
    idx: row.step_idx,
    name: row.name,
    status: row.status,
    input: row.input,
    key: row.key,
    receipt: row.receipt,
    issuedAt: ms(row.issued_at),
    output: row.output,
    attempts: row.attempts,
    openedEpoch: row.opened_epoch,
    nextAt: ms(row.next_at),
    deadlineAt: ms(row.deadline_at),
    unknownSince: ms(row.unknown_since),
    failedLookups: row.failed_lookups,
    error: row.error,
    undoAttempts: row.undo_attempts,
    undoDeadlineAt: ms(row.undo_deadline_at),
    undoError: row.undo_error,
    startedAt: row.started_at.getTime(),
    finishedAt: ms(row.finished_at),
    undoStartedAt: ms(row.undo_started_at),
    undoFinishedAt: ms(row.undo_finished_at),
  }
}

export function ms(date: Date | null): number | null {
  return date === null ? null : date.getTime()
}
