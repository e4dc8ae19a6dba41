import { hostname } from 'node:os'
import type { Run } from '../core/run.ts'
import type { Worker, WorkerOptions } from './api.ts'
import { begunRun, type LocalWorker } from './begun.ts'
import { claimDeps } from './claim-deps.ts'
import { GroupCommit } from './group-commit.ts'
import { Lease } from './lease.ts'
import type { Limits } from './limits.ts'
import type { Observer } from './observer.ts'
import type { Registry } from './registry.ts'
import { keepPruned, type Retention } from './retention.ts'
import { type ActiveRun, beginRun, startRun } from './runner.ts'
import type { RunnerDeps } from './runner-deps.ts'
import { ScheduleTicks } from './schedule-ticks.ts'
import type { SecretResolver } from './secrets.ts'
import type { ClaimedRun, NewRun } from './store.ts'
import { StoreTime } from './store-time.ts'
import { type Stray, Strays } from './strays.ts'
import { Turns } from './turns.ts'

export type WorkerDeps = Pick<
  RunnerDeps,
  'store' | 'newId' | 'log' | 'classify' | 'random' | 'clock'
> & {
  readonly registry: Registry
  readonly limits?: Limits | undefined
  readonly retention: Retention
  readonly observer: Observer
  readonly resolveSecret: SecretResolver | undefined
  /** Those of this process that run by themselves; each is in it from its start to its stop. */
  readonly workers: Set<LocalWorker>
}

/** How often unread signals and due schedules are looked for: hints may be lost. */
const lookMs = 1_000
/** How long a worker waits before it asks a database again that did not answer. */
const troubleMs = 1_000

/** How long an aborted call has to settle before a stopping worker leaves it behind. */
const abortMs = 6_000

/** A worker that claims what is due and runs it; see {@link Worker}. */
export class PollingWorker implements Worker, LocalWorker {
  readonly name: string
  readonly #deps: WorkerDeps
  readonly #concurrency: number
  readonly #pollMs: number
  readonly #lease: Lease
  readonly #group: GroupCommit
  readonly #time: StoreTime
  readonly #strays: Strays
  readonly #turns: Turns
  readonly #schedules: ScheduleTicks
  readonly #active = new Map<string, ActiveRun>()
  /** Those of them that have been let go, and take no room any more. */
  readonly #released = new Set<ActiveRun>()
  /** No more claims. */
  readonly #stop = Promise.withResolvers<void>()
  #stopping = false
  /** No more heartbeats either. */
  #halted = false
  #wakeHeart = () => {}
  /** Whether something may be due that this worker had no room for: it comes before what is new. */
  #backlog = true
  /** When it was last told what is due. */
  #claimedAt = Number.NEGATIVE_INFINITY
  /** For how many runs a claim is under way: what is begun meanwhile does not take their room. */
  #asked = 0
  #lookAt = Number.NEGATIVE_INFINITY
  #wakeUp = () => {}
  #hinted = false
  #loops: Promise<unknown> | undefined
  #endQueueWatch = () => {}

  constructor(deps: WorkerDeps, options: WorkerOptions) {
    const { name, concurrency = 50, leaseMs = 10_000, pollMs = 250 } = options
    const { maxFlush: most, onFlush } = options
    this.name = name ?? `${hostname()}:${process.pid}`
    this.#deps = deps
    this.#concurrency = concurrency
    this.#pollMs = pollMs
    this.#time = new StoreTime(deps.clock)
    this.#strays = new Strays(deps)
    this.#group = new GroupCommit(deps, {
      most,
      onFlush: (flush) => {
        deps.observer.flushed(flush.size)
        onFlush?.(flush)
      },
    })
    this.#turns = new Turns(deps.registry.kinds)
    this.#schedules = new ScheduleTicks(deps)
    this.#lease = new Lease(deps, {
      name: this.name,
      leaseMs,
      known: deps.registry,
      onLost: (reason) => this.#abortAll(reason),
    })
  }

  start(): void {
    if (this.#stopping) throw new Error('a stopped worker is not started again; create another')
    if (this.#loops !== undefined) return
    this.#deps.workers.add(this)
    this.#loops = Promise.all([
      this.#claimLoop(),
      this.#heartbeatLoop(),
      this.#listen(),
      keepPruned(this.#deps, this.#stop.promise),
    ])
    const { observer, store, registry } = this.#deps
    this.#endQueueWatch = observer.watchQueue(() => store.readQueue(registry))
  }

  async tick(): Promise<{ claimed: number }> {
    this.#lookAt = Number.NEGATIVE_INFINITY
    await this.#schedules.fire()
    const claimed = await this.#round()
    await this.#settled()
    return { claimed }
  }

  async stop({ graceMs = 10_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#stopping = true
    this.#deps.workers.delete(this)
    this.#endQueueWatch()
    this.#stop.resolve()
    this.#wakeUp()
    for (const run of this.#active.values()) run.drain()
    await this.#within(graceMs, this.#settled())
    const aborted = this.#settled()
    this.#abortAll(new Error('the worker is stopping'))
    await this.#within(abortMs, aborted)
    await this.#within(abortMs, this.#strays.settled())
    this.#halted = true
    this.#wakeHeart()
    // A database that gives no connection must not keep the process: the lease runs out by itself.
    await this.#within(
      abortMs,
      Promise.resolve(this.#loops).then(() => undefined),
    )
    await this.#within(abortMs, this.#endLease())
  }

  async #endLease(): Promise<void> {
    try {
      await this.#lease.end()
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'the lease could not be given up; it runs out by itself')
    }
  }

  async #claimLoop(): Promise<void> {
    while (!this.#stopping) {
      let wait = this.#pollMs
      try {
        // As long as there is work and room for it, nobody waits.
        if ((await this.#round()) > 0) wait = 0
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'the database does not answer; trying again')
        wait = troubleMs
      }
      if (this.#room <= 0) wait = Math.max(wait, this.#pollMs)
      await this.#rest(wait)
    }
  }

  /** The lease is renewed beside the claims, so that a slow claim does not cost it. */
  async #heartbeatLoop(): Promise<void> {
    const { clock, log } = this.#deps
    while (!this.#halted) {
      const sentAt = clock.monotonic()
      try {
        await this.#lease.ensure()
      } catch (error) {
        log.warn({ err: error }, 'the heartbeat failed; trying again')
      }
      const woken = Promise.withResolvers<void>()
      this.#wakeHeart = woken.resolve
      // From one to the next, not from its answer: a slow one must not put off the next.
      const left = sentAt + this.#lease.renewMs - clock.monotonic()
      await this.#within(Math.max(0, left), woken.promise)
    }
  }

  async #listen(): Promise<void> {
    const stopListening = await this.#deps.store.listen((runId) => {
      if (runId === undefined || !this.#active.has(runId)) this.#hint()
      else void this.#deliverSignals([runId])
    })
    await this.#stop.promise
    await stopListening()
  }

  /** Claims what there is room for and starts it. Gives the number of runs claimed. */
  async #round(): Promise<number> {
    const { store, clock } = this.#deps
    const worker = await this.#lease.ensure()
    if (clock.monotonic() >= this.#lookAt) {
      this.#lookAt = clock.monotonic() + lookMs
      // Beside the claims: a schedule that takes its time must not hold up what is due.
      if (this.#loops !== undefined) void this.#schedules.fire()
      await this.#deliverSignals([...this.#active.keys()])
      await this.#letGoOfUnknown(worker)
    }
    const room = Math.max(0, this.#room)
    // A full worker still looks whether something waits, so that it comes before what is new.
    const looks = clock.monotonic() >= this.#claimedAt + this.#pollMs
    if (this.#stopping || (room === 0 && !looks)) return 0
    const { held, left } = await this.#claim(worker, room)
    for (const { run } of left) {
      await store.abandonRun({ runId: run.id, epoch: run.epoch, delayMs: 0 })
    }
    return held.length
  }

  /**
   * Begins a run where it is started. By limits it would have to be counted with those of all other
   * workers, and before what waits already it is not to come: then it has to be claimed.
   */
  begin(start: NewRun, onStored: (run: Run) => void): Promise<Run> | undefined {
    const { registry, limits } = this.#deps
    const worker = this.#lease.held
    const isFree = this.#room > 0 && !this.#backlog && !this.#stopping
    if (this.#loops === undefined || worker === undefined || !isFree || limits !== undefined) return
    const run = begunRun(start, worker, this.#time.now())
    const plan = registry.plan(run)
    if ('missing' in plan) return
    this.#turns.took([run])
    const claimed = { run, steps: [], signals: [], interruptedAt: null }
    const stored = Promise.withResolvers<Run>()
    const begun = {
      start,
      onStored: (first: Run) => {
        onStored(first)
        stored.resolve(first)
      },
      onLost: stored.reject,
    }
    this.#hold(beginRun(this.#runnerDeps(worker, claimed), worker, claimed, plan, begun))
    return stored.promise
  }

  holds(runId: string): boolean {
    const run = this.#active.get(runId)
    return run !== undefined && !this.#released.has(run)
  }

  #hold(run: ActiveRun): void {
    this.#active.set(run.id, run)
    void run.done.then(() => this.#finished(run))
  }

  /**
   * Claims and begins; what was asked for is free again only when those that came have their places.
   * `left`: claimed while the worker was told to stop, and not begun, so others have them at once.
   */
  async #claim(worker: string, room: number) {
    const { store, registry, limits, clock } = this.#deps
    this.#asked = room
    this.#backlog = false
    let more = true
    try {
      const sentAt = clock.monotonic()
      const claim = await store.claimRuns({
        worker,
        name: this.name,
        kinds: this.#turns.kinds,
        steps: registry.steps,
        limit: room,
        ...(limits === undefined ? {} : { limits }),
      })
      more = claim.more
      this.#claimedAt = clock.monotonic()
      this.#time.hear(claim.now, sentAt)
      this.#turns.took(claim.runs.map(({ run }) => run))
      if (this.#stopping) return { held: [], left: claim.runs }
      for (const claimed of claim.runs) {
        const deps = this.#runnerDeps(worker, claimed)
        this.#hold(startRun(deps, worker, claimed, registry.plan(claimed.run)))
      }
      return { held: claim.runs, left: [] }
    } finally {
      this.#asked = 0
      this.#backlog ||= more
    }
  }

  /** A claim whose answer was lost leaves runs with this worker that it never heard of. */
  async #letGoOfUnknown(worker: string): Promise<void> {
    // What was at work when it was asked may have ended since: it is known, and let go by now.
    const known = new Set(this.#active.keys())
    for (const { runId, epoch } of await this.#deps.store.listHeldRuns({ worker })) {
      if (known.has(runId) || this.#active.has(runId)) continue
      this.#lease.assert(worker, runId)
      await this.#deps.store.abandonRun({ runId, epoch, delayMs: 0 })
    }
  }

  #runnerDeps(worker: string, claimed: ClaimedRun): RunnerDeps {
    const { registry, ...deps } = this.#deps
    const ofWorker = {
      ...deps,
      group: this.#group,
      payloadLimits: registry.payloadLimits,
      now: () => this.#time.now(),
      assertLease: (runId: string) => this.#lease.assert(worker, runId),
      released: (runId: string) => this.#release(runId),
      pause: (ms: number) => this.#pause(ms),
      reportStray: (stray: Stray) => this.#strays.report(stray),
    }
    return claimDeps(ofWorker, claimed, this.name)
  }

  /** How many more runs it may hold. */
  get #room(): number {
    return this.#concurrency - this.#active.size + this.#released.size - this.#asked
  }

  #release(runId: string): void {
    const run = this.#active.get(runId)
    if (run === undefined) return
    const awaited = this.#room <= 0 && this.#backlog
    this.#released.add(run)
    if (awaited) this.#hint()
  }

  #finished(run: ActiveRun): void {
    const awaited = this.#room <= 0 && this.#backlog
    this.#released.delete(run)
    if (this.#active.get(run.id) === run) this.#active.delete(run.id)
    if (awaited) this.#hint()
  }

  async #deliverSignals(runIds: readonly string[]): Promise<void> {
    if (runIds.length === 0) return
    try {
      for (const signal of await this.#deps.store.listSignals({ runIds })) {
        this.#active.get(signal.runId)?.deliver([signal])
      }
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'signals could not be read; trying again')
    }
  }

  #abortAll(reason: Error): void {
    for (const run of this.#active.values()) run.abort(reason)
    // They are not this worker's any more; a run that comes back is a new claim.
    this.#active.clear()
    this.#released.clear()
  }

  async #settled(): Promise<void> {
    await Promise.all([...this.#active.values()].map(({ done }) => done))
  }

  #hint(): void {
    this.#hinted = true
    this.#wakeUp()
  }

  /** Waits, unless a hint has come or comes. */
  async #rest(ms: number): Promise<void> {
    if (!this.#hinted && !this.#stopping) {
      const woken = Promise.withResolvers<void>()
      this.#wakeUp = woken.resolve
      await this.#within(ms, woken.promise)
    }
    this.#hinted = false
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.clock.after(ms, resolve)
    })
  }

  /** Waits for a promise, but no longer than `ms`; leaves no timer behind. */
  async #within(ms: number, promise: Promise<void>): Promise<void> {
    const over = Promise.withResolvers<void>()
    const cancel = this.#deps.clock.after(ms, over.resolve)
    await Promise.race([promise, over.promise])
    cancel()
  }
}
