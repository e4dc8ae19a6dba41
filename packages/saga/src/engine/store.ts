import type { SagaEvent } from '../core/event.ts'
import type { Json } from '../core/json.ts'
import type { PinnedStep, Run, StepRecord, TraceContext } from '../core/run.ts'
import type { Queryable } from '../core/step.ts'
import type {
  ListOptions,
  LockHolder,
  LockRelease,
  Page,
  RunEvent,
  Schedule,
  ScheduleOptions,
  Stranded,
} from './api.ts'
import type { Limits } from './limits.ts'
import type { QueuedKind } from './metrics.ts'

/** A run to be inserted. */
export interface NewRun {
  readonly id: string
  readonly tag: string
  readonly kind: string
  readonly version: number
  readonly plan: readonly PinnedStep[]
  readonly inputs: { readonly [key: string]: Json }
  readonly inputHash: string
  readonly startKey: string | null
  readonly lockKeys: readonly string[]
  readonly priority: number
  readonly reservedFor: string | null
  readonly startedBy: string | null
  /** Null or left out: its spans are in a trace that has its own id. */
  readonly traceContext?: TraceContext | null
  /** Of a child: the run and the step that started it; its locks are those of its parent. */
  readonly parent?: { readonly id: string; readonly step: number; readonly rootId: string }
}

/** What others leave for a run: an operator, a child, a lock, a worker that lost it. */
export type SignalType =
  | 'cancel'
  | 'lock_released'
  | 'child_ended'
  | 'stray_effect'
  | 'approve'
  | 'reject'
  | 'signal'
  | 'park'
  | 'retry'
  | 'skip'
  | 'resolve'
  | 'abandon'
  | 'roll_back'

/** What somebody has left for a run. */
export interface Signal {
  readonly id: string
  readonly runId: string
  readonly type: SignalType
  readonly actor: string | null
  /** The step it is for, where it is for one. */
  readonly stepIdx: number | null
  /** What it brings along. */
  readonly payload: Json
  /** Epoch milliseconds. */
  readonly at: number
}

/** A run and its ledger. */
export interface StoredRun {
  readonly run: Run
  readonly steps: readonly StepRecord[]
}

/** What a worker can run. */
export interface Known {
  readonly kinds: readonly { readonly kind: string; readonly version: number }[]
  /** The steps it knows by name: of an ad-hoc run it has to know all. */
  readonly steps: readonly string[]
}

/** What a schedule is to be, and when it is due first. */
export type ScheduleDefinition = Required<ScheduleOptions> & Pick<Schedule, 'nextAt'>

/** A schedule that is due, as it was read. */
export interface DueSchedule extends Schedule {
  /** Counts its definitions. */
  readonly revision: number
}

/** Which ended runs to delete in one transaction. */
export interface PruneBatch {
  readonly kind: string
  /** How long ago a run has to have ended. */
  readonly olderThanMs: number
  /** No more runs than this, unless the first tree alone has more. */
  readonly limit: number
  /** Whether to wait for another that prunes. */
  readonly wait: boolean
}

/** A run that a worker has just claimed, with all it needs to go on. */
export interface ClaimedRun {
  readonly run: Run
  readonly steps: readonly StepRecord[]
  readonly signals: readonly Signal[]
  /** The end of the lost worker's lease when the run was taken over from one. */
  readonly interruptedAt: number | null
}

/** What its holder writes of a run, in one statement, if it still is the holder. */
export interface Commit {
  /** The run as it is to be; `epoch` and `revision` are those it was read with. */
  readonly run: Run
  /** The ledger rows that changed, or are new. */
  readonly steps: readonly StepRecord[]
  /** How many rows the stored ledger has: those from this place on are new. */
  readonly ledgerLength: number
  readonly events: readonly SagaEvent[]
  readonly readSignals: readonly string[]
  /** How many of them are cancels. */
  readonly cancelsRead: number
  /** Of a run that is begun where it was started, and has no row yet: its start, written with this. */
  readonly start?: NewRun
  /** Gives the run back: it is claimable at its wake time. */
  readonly release: boolean
  /** Left out: as it is. */
  readonly traceContext?: TraceContext
  /** Makes the commit recognisable when its answer is lost. */
  readonly writeId: string
}

/**
 * `fenced`: the run was not the writer's any more, and nothing is written; of a run that was to be
 * inserted, its start key or its id is there already.
 */
export type CommitResult = 'committed' | 'fenced'

/**
 * Where runs are kept. Every method is one statement or one transaction. Times are epoch
 * milliseconds by the store's clock.
 */
export interface Store {
  /** Inserts a run, or reads the one its start key made. `inputHash` tells whether they agree. */
  insertRun(
    params: Readonly<{ run: NewRun; tx?: Queryable }>,
  ): Promise<{ readonly run: Run; readonly inputHash: string; readonly created: boolean }>
  /** A run and its ledger; undefined: there is none of this id. */
  readRun(params: Readonly<{ id: string }>): Promise<StoredRun | undefined>
  /** Those of the runs that have ended or are parked. */
  listSettled(params: Readonly<{ ids: readonly string[] }>): Promise<readonly Run[]>
  /** Newest first. */
  listRuns(params: Readonly<ListOptions & { limit: number }>): Promise<Page<Run>>
  /** Those after a `seq`, oldest first. */
  listEvents(
    params: Readonly<{ id: string; after: number; limit: number }>,
  ): Promise<readonly RunEvent[]>
  /**
   * Claims at most `limit` of the runs that are due, signalled, or left by a lost worker: those of
   * higher priority first, then one of each kind in turn, in the order in which `kinds` first names
   * them, the oldest first. Within `limits`, whoever else claims at the same time.
   */
  claimRuns(
    params: Readonly<Known & { worker: string; name: string; limit: number; limits?: Limits }>,
  ): Promise<{
    readonly runs: readonly ClaimedRun[]
    /** There may be more to be claimed. */
    readonly more: boolean
    readonly now: number
  }>
  /**
   * Writes patches of runs, one of a run, in one statement: each that is not fenced, whatever becomes
   * of the others. Gives their results in the order given.
   * @throws when the statement failed, for all of them; whether it was applied after all,
   * {@link Store.readWrite} says
   */
  commitRuns(params: Readonly<{ commits: readonly Commit[] }>): Promise<readonly CommitResult[]>
  /** What tells whose the last write of a run was. */
  readWrite(
    params: Readonly<{ runId: string }>,
  ): Promise<
    | { readonly epoch: number; readonly revision: number; readonly writeId: string | null }
    | undefined
  >
  /**
   * Lets go of a run that its holder cannot go on with; it is due again after `delayMs`. Gives the
   * run and the event where that has parked it.
   */
  abandonRun(
    params: Readonly<{
      runId: string
      epoch: number
      delayMs: number
      /** Why its holder could not go on; after ten times in a row the run is parked. */
      stalled?: string
      /** Ids of signals that its holder has read in vain: they do not wake the run any more. */
      seen?: readonly string[]
    }>,
  ): Promise<{ readonly run: Run; readonly event: SagaEvent } | undefined>
  /**
   * Runs `work` in a transaction and commits what it gives back as the last statement in it;
   * rolled back when `work` throws or the commit is fenced. `short`: the engine's own, which never
   * waits for anybody's SQL, and so need not wait for its turn among those that do.
   */
  transactRun(
    params: Readonly<{
      work: (tx: Queryable) => Promise<Commit>
      signal: AbortSignal
      short?: boolean
    }>,
  ): Promise<CommitResult>
  /**
   * Takes all of the keys for the run or none; true when it holds them now. A child has those of a
   * parent that waits for it.
   */
  acquireLocks(
    params: Readonly<{ runId: string; epoch: number; keys: readonly string[] }>,
  ): Promise<boolean>
  /** Who holds which locks: of the keys given, or of all. */
  listLockHolders(
    params: Readonly<{ keys?: readonly string[]; limit: number }>,
  ): Promise<readonly LockHolder[]>
  /** The last release of each lock that was released after `since`. */
  listLockReleases(params: Readonly<{ since: number }>): Promise<readonly LockRelease[]>
  /**
   * Leaves a run a signal; false where there is no such run, or it has ended. `roll_back` and
   * `stray_effect` are left for ended runs too.
   */
  insertSignal(
    params: Readonly<{
      runId: string
      type: SignalType
      actor: string | null
      stepIdx?: number
      payload?: Json
      /** The caller's transaction. */
      tx?: Queryable
    }>,
  ): Promise<boolean>
  /** Unread signals of runs. */
  listSignals(params: Readonly<{ runIds: readonly string[] }>): Promise<readonly Signal[]>
  /** What is due of these kinds and held by nobody, a line for each kind. */
  readQueue(
    params: Readonly<{
      kinds: readonly { readonly kind: string; readonly version: number }[]
    }>,
  ): Promise<readonly QueuedKind[]>
  /** The runs that a worker holds, as the store sees it. */
  listHeldRuns(
    params: Readonly<{ worker: string }>,
  ): Promise<readonly { readonly runId: string; readonly epoch: number }[]>
  /** Makes or renews a worker's lease; false when it had lapsed. */
  renewLease(
    params: Readonly<{
      worker: string
      name: string
      leaseMs: number
      first: boolean
      /** What the worker can run, kept with its first lease. */
      known?: Known
    }>,
  ): Promise<boolean>
  /** Ends a worker's lease now, so that others may take over what it still holds. */
  endLease(params: Readonly<{ worker: string }>): Promise<void>
  /** What no worker with a lease can run, though it is due or was left by a lost one. */
  listStranded(): Promise<readonly Stranded[]>
  /** Makes or changes a schedule. */
  upsertSchedule(params: Readonly<{ schedule: ScheduleDefinition }>): Promise<void>
  /** By name: all, or the one of a name. */
  listSchedules(params: Readonly<{ name?: string }>): Promise<readonly Schedule[]>
  /** By name: what is due, of these kinds, not paused, and of a name after `after`. */
  listDueSchedules(
    params: Readonly<{ kinds: readonly string[]; after: string; limit: number }>,
  ): Promise<readonly DueSchedule[]>
  /**
   * Advances a schedule from `dueAt` to `nextAt` and inserts its run, if any, in one statement.
   * False where it is not as it was read: fired, changed, paused or removed.
   */
  tickSchedule(
    params: Readonly<{
      name: string
      revision: number
      dueAt: number
      nextAt: number
      run: NewRun | null
    }>,
  ): Promise<boolean>
  /** The schedule as it is then; one that was paused stays as it was. */
  pauseSchedule(
    params: Readonly<{ name: string; actor: string | null }>,
  ): Promise<Schedule | undefined>
  /** False where it is not paused, or its times are not these any more. */
  resumeSchedule(
    params: Readonly<{
      name: string
      cron: string
      timeZone: string
      nextAt: number
      actor: string | null
    }>,
  ): Promise<boolean>
  /** False where there was none. */
  removeSchedule(params: Readonly<{ name: string }>): Promise<boolean>
  /** Deletes trees of ended runs, whole or not at all; `busy` where another prunes. */
  pruneRuns(
    params: Readonly<PruneBatch & { signal?: AbortSignal }>,
  ): Promise<{ readonly runs: number } | 'busy'>
  /** Deletes the rows of locks that were released, and of workers that ended, long ago. */
  pruneLeftovers(
    params: Readonly<{ olderThanMs: number; limit: number }>,
  ): Promise<{ readonly locks: number; readonly workers: number }>
  /** Whether an error of this store says nothing about the statement: it may be asked again. */
  isTransient(error: unknown): boolean
  /** The time by its clock. */
  readNow(): Promise<number>
  /** A hint to every worker that there is work. */
  notify(): Promise<void>
  /** Calls back on every hint, until the answer is called. */
  listen(callback: (runId: string | undefined) => void): Promise<() => Promise<void>>
}
