import type { Act } from '../core/acts.ts'
import type { Json } from '../core/json.ts'
import type { Run, RunStatus, StepRecord } from '../core/run.ts'
import type { SagaOf } from '../core/saga.ts'
import type { Queryable } from '../core/step.ts'
import type { Flush } from './group-commit.ts'
import type { Preview } from './preview.ts'

/** Options of a start. */
export interface StartOptions {
  /** Repeating a start with the same key gives the same run, not another. */
  readonly key?: string
  /** The caller's transaction: the run is there when it commits. Call `wake()` after it did. */
  readonly tx?: Queryable
  /** Who asks; shown in the run and its events. */
  readonly actor?: string
  /** Only a worker of this name may claim the run. */
  readonly reservedFor?: string
  /** Of what is due, workers take the higher first, whatever its kind. Default `normal`. */
  readonly priority?: Priority
}

/** Which of what is due goes first. */
export type Priority = 'high' | 'normal' | 'low'

/** What a start gives. */
export interface Started {
  readonly id: string
  /** False when the key had started this run before. */
  readonly created: boolean
  readonly run: Run
}

/** Which runs to list. */
export interface ListOptions {
  readonly status?: RunStatus
  readonly kind?: string
  /** The descendants of this run. */
  readonly rootId?: string
  /** `nextCursor` of the page before. */
  readonly cursor?: string
  /** At most 200; 50 if left out. */
  readonly limit?: number
}

/** A part of a list. */
export interface Page<T> {
  readonly data: readonly T[]
  /** Gives the next page as `cursor`; null: this is the last. */
  readonly nextCursor: string | null
}

/** One entry of a run's history. */
export interface RunEvent {
  readonly seq: number
  readonly type: string
  readonly idx: number | null
  readonly detail: { readonly [key: string]: Json }
  readonly actor: string | null
  /** Epoch milliseconds. */
  readonly at: number
}

/** Runs that could go on, had they a worker that knows them. */
export interface Stranded {
  readonly kind: string
  readonly version: number
  /** The name of the worker they are reserved for. */
  readonly reservedFor: string | null
  /** Of ad-hoc runs: the steps that no live worker knows. */
  readonly missingSteps: readonly string[]
  readonly count: number
  /** Epoch milliseconds. */
  readonly oldestDueAt: number
}

/** A lock that a run holds. */
export interface LockHolder {
  readonly key: string
  readonly runId: string
  /** Epoch milliseconds. */
  readonly acquiredAt: number
}

/** The last release of a lock. */
export interface LockRelease {
  readonly key: string
  /** Epoch milliseconds. */
  readonly releasedAt: number
}

/** A recurring start. */
export interface ScheduleOptions {
  readonly name: string
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string
  /** IANA name. Default UTC. */
  readonly timeZone?: string
  /**
   * What becomes of ticks that are found due a minute or more after their time, for no worker was
   * there: `once` (default) fires once for all of them, `skip` passes them over and says so in the
   * log.
   */
  readonly missed?: 'once' | 'skip'
  readonly kind: string
  readonly input: { readonly [key: string]: Json }
}

/** A schedule as it stands. Times are epoch milliseconds. */
export interface Schedule extends Required<ScheduleOptions> {
  readonly nextAt: number
  /** When it fired last; null: never. */
  readonly lastAt: number | null
  /** Null: it is not paused. */
  readonly pausedAt: number | null
  readonly pausedBy: string | null
  /** The last time a pause was ended. */
  readonly resumedAt: number | null
  readonly resumedBy: string | null
}

/** Options of every act. */
export interface ActOptions {
  /** Who asks; shown in the run's history. */
  readonly actor?: string
}

/** An act that changes the course of a run has to say why. */
export interface ReasonedActOptions extends ActOptions {
  readonly reason: string
}

/** Options of `approve`. */
export interface AnswerOptions extends ActOptions {
  /** The step that waits for it; may be left out where only one does. */
  readonly step?: string
  /** What the step asks to be sent along. */
  readonly payload?: unknown
}

/**
 * What may be asked of a run. Each is taken up by the run's worker within two seconds and stands in
 * its history with who asked; each gives the run as it is now.
 * @throws {@link ActRefused} where the state of the run does not allow it, with the reason
 * @throws {@link RunNotFound}
 */
export interface Operating {
  /** For every act: why it would be refused now; null: it is allowed. */
  acts(id: string): Promise<Readonly<Record<Act, string | null>>>
  /** Stops the run and takes back what it has done. */
  cancel(id: string, options?: ActOptions): Promise<Run>
  /** Lets a run that waits for an approval go on. @throws {@link InvalidInput} of its payload */
  approve(id: string, options?: AnswerOptions): Promise<Run>
  /** Turns down an approval: the run goes back. */
  reject(id: string, options: ReasonedActOptions & { readonly step?: string }): Promise<Run>
  /** Sends a run what its step of this name waits for, or will wait for. @throws {@link InvalidInput} */
  signal(
    id: string,
    name: string,
    options?: ActOptions & { readonly payload?: unknown },
  ): Promise<Run>
  /** Parks the run when the calls under way have ended, until `retry`. */
  park(id: string, options: ReasonedActOptions): Promise<Run>
  /** A parked run tries again what it got stuck at, on its way forward or back. */
  retry(id: string, options?: ActOptions): Promise<Run>
  /**
   * A parked run leaves out what it got stuck at. Forward: nothing of that step is out there, and the
   * run goes on without it. Back: its effect stays, and the run ends `failed`, naming it.
   */
  skip(id: string, options: ReasonedActOptions): Promise<Run>
  /**
   * What a parked run got stuck at has been dealt with by hand. Forward: the step is done, and gave
   * `output`. Back: its effect is gone. @throws {@link InvalidInput} of the output
   */
  resolve(id: string, options: ReasonedActOptions & { readonly output?: unknown }): Promise<Run>
  /** Ends a parked run as `failed`, naming what it leaves behind. */
  abandon(id: string, options: ReasonedActOptions): Promise<Run>
  /** Takes back a completed run, as long as it is kept and has passed no pivot. */
  rollBack(id: string, options?: ActOptions & { readonly reason?: string }): Promise<Run>
}

/** The engine's doors for its host. Every method is safe to call from any number of processes. */
export interface Engine extends Operating {
  /**
   * Starts a run of a saga.
   * @throws {@link InvalidInput} naming the path of each fault
   * @throws {@link StartKeyConflict} when the key started something else
   */
  start<Input>(
    saga: SagaOf<string, Input>,
    input: NoInfer<Input>,
    options?: StartOptions,
  ): Promise<Started>
  /** {@link Engine.start} by name, of the newest version, for input from outside. @throws {@link UnknownKind} */
  startKind(kind: string, input: unknown, options?: StartOptions): Promise<Started>
  /** Starts a list of registered steps, as kind `ad_hoc`. @throws {@link UnknownStep} */
  startAdHoc(
    steps: readonly { readonly name: string; readonly input?: unknown }[],
    input: unknown,
    options?: StartOptions,
  ): Promise<Started>
  /** A run and its ledger. @throws {@link RunNotFound} */
  get(id: string): Promise<{ readonly run: Run; readonly steps: readonly StepRecord[] }>
  /**
   * Resolves when a run has ended or is parked, with the run: its status says which, its `context`
   * has what its steps gave. A run of this process is told of at once, others are looked for every
   * 250 ms. A parked run whose retry has not been taken up yet is still parked.
   * @throws {@link RunNotFound}
   */
  settled(id: string, options?: { readonly signal?: AbortSignal }): Promise<Run>
  /** Newest first. The ledgers are not in it. */
  list(options?: ListOptions): Promise<Page<Run>>
  /** Oldest first. `after`: a `seq`. @throws {@link RunNotFound} */
  events(
    id: string,
    options?: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly RunEvent[]>
  /**
   * What a start would run, without starting it: every step with what undoes it, the locks, the
   * point of no return. Calls no step and touches nothing.
   * @throws {@link UnknownKind}
   * @throws {@link InvalidInput}
   */
  preview(kind: string, input: unknown): Promise<Preview>
  /**
   * What is due, or was left by a lost worker, and no live worker can run: of a kind or version
   * that none knows, with steps that none knows all of, or reserved for a worker that is not there.
   */
  stranded(): Promise<readonly Stranded[]>
  /** Who holds locks: of the keys given, or all (at most 10,000). */
  lockHolders(keys?: readonly string[]): Promise<readonly LockHolder[]>
  /** The last release of each lock that was released after `since` (epoch milliseconds). */
  lockReleases(since: number): Promise<readonly LockRelease[]>
  /**
   * Makes or changes a schedule; its place in time is kept when its times have not changed, and one
   * that is paused stays so. For what a clock change does to its times see `nextFireTimes`.
   * @throws {@link InvalidInput} {@link UnknownKind}
   */
  ensureSchedule(schedule: ScheduleOptions): Promise<void>
  /** Every schedule. */
  listSchedules(): Promise<readonly Schedule[]>
  /** Keeps a schedule from firing; one that is paused stays as it was. @throws {@link ScheduleNotFound} */
  pauseSchedule(name: string, options?: { readonly actor?: string }): Promise<Schedule>
  /**
   * Ends a pause, if there is one. The next time is counted from now: ticks that fell into the
   * pause are not made up for, whatever `missed` says. @throws {@link ScheduleNotFound}
   */
  resumeSchedule(name: string, options?: { readonly actor?: string }): Promise<Schedule>
  /** False where there was no such schedule. The runs that it started go on. */
  removeSchedule(name: string): Promise<boolean>
  /**
   * Starts a schedule's saga now, paused or not, and leaves its times as they are. The same `key`
   * gives the same run. @throws {@link ScheduleNotFound} {@link StartKeyConflict}
   */
  runSchedule(
    name: string,
    options?: { readonly actor?: string; readonly key?: string },
  ): Promise<Started>
  /**
   * The next times that a schedule fires, from 1 to 100 of them, in epoch milliseconds. The first is
   * in the past where it is due and no worker has come yet; there is none while it is paused.
   * @throws {@link ScheduleNotFound}
   */
  nextFireTimes(name: string, count: number): Promise<readonly number[]>
  /**
   * Deletes the ended runs that the engine's `retention` gives up now, as its workers do every five
   * minutes: until nothing is left, or until at least `limit` runs are gone. A run goes with all of
   * its children or not at all; runs that are parked, wait, or are to be taken back are kept.
   * @returns how many runs are gone, children among them
   */
  prune(options?: { readonly limit?: number }): Promise<{ readonly pruned: number }>
  /** Tells the workers to look for work now: after a `start` in the caller's own transaction. */
  wake(): Promise<void>
  /** A worker that runs what is due. */
  createWorker(options?: WorkerOptions): Worker
}

/** Options of a {@link Worker}. */
export interface WorkerOptions {
  /** Its name, for runs reserved for it and for people. Default: host name and process id. */
  readonly name?: string
  /** The most runs it works on at once. Default 50. */
  readonly concurrency?: number
  /** How long after its last heartbeat others may take its runs over. Default 10 s. */
  readonly leaseMs?: number
  /** How often it looks for work without being told. Default 250 ms. */
  readonly pollMs?: number
  /**
   * The most runs written in one statement. Default 200. 1: each run by itself, at once, as many side
   * by side as the pool has connections.
   */
  readonly maxFlush?: number
  /** Told of every statement that runs were written with, for metrics. */
  readonly onFlush?: (flush: Flush) => void
}

/** Runs what is due. Any number of them, in any number of processes, share a database. */
export interface Worker {
  readonly name: string
  /** Runs until `stop()`. */
  start(): void
  /** One round without a loop: heartbeat, schedules, claim; resolves when what it claimed is let go. */
  tick(): Promise<{ readonly claimed: number }>
  /** Stops claiming, lets the calls under way finish for `graceMs` (default 10 s), lets every run go. */
  stop(options?: { readonly graceMs?: number }): Promise<void>
}
