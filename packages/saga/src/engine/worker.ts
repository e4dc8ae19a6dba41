import { hostname } from 'node:os'
import type { Run } from '../core/run.ts'
import type { Worker, WorkerOptions } from './api.ts'
import { begunRun, type LocalWorker } from './begun.ts'
import { claimDeps } from './claim-deps.ts'
import { pause, within } from './clock.ts'
import { GroupCommit } from './group-commit.ts'
import { HeldRuns } from './held-runs.ts'
import { Lease } from './lease.ts'
import type { Limits } from './limits.ts'
import type { Observer } from './observer.ts'
import type { Registry } from './registry.ts'
import { keepPruned, type Retention } from './retention.ts'
import { beginRun, startRun } from './runner.ts'
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

/** What came of a claim. */
interface Claimed {
  readonly begun: number
  /** Claimed while the worker was told to stop: others are to have them at once. */
  readonly left: readonly ClaimedRun[]
}

/** A worker that claims what is due and runs it; see {@link Worker}. */
export class PollingWorker implements Worker, LocalWorker {
  readonly name: string
  readonly #deps: WorkerDeps
  readonly #pollMs: number
  readonly #lease: Lease
  readonly #group: GroupCommit
  readonly #time: StoreTime
  readonly #strays: Strays
  readonly #turns: Turns
  readonly #schedules: ScheduleTicks
  readonly #held: HeldRuns
  /** No more claims. */
  readonly #stop = Promise.withResolvers<void>()
  #stopping = false
  /** No more heartbeats either. */
  #halted = false
  #wakeHeart = () => {}
  /** When it was last told what is due. */
  #claimedAt = Number.NEGATIVE_INFINITY
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
    this.#held = new HeldRuns(concurrency, () => this.#hint())
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
      onLost: (reason) => this.#held.abortAll(reason),
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
    await this.#held.settled()
    return { claimed }
  }

  async stop({ graceMs = 10_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#stopping = true
    this.#deps.workers.delete(this)
    this.#endQueueWatch()
    this.#stop.resolve()
    this.#wakeUp()
    this.#held.drain()
    await within(this.#deps.clock, graceMs, this.#held.settled())
    const aborted = this.#held.settled()
    this.#held.abortAll(new Error('the worker is stopping'))
    await within(this.#deps.clock, abortMs, aborted)
    await within(this.#deps.clock, abortMs, this.#strays.settled())
    this.#halted = true
    this.#wakeHeart()
    // A database that gives no connection must not keep the process: the lease runs out by itself.
    await within(
      this.#deps.clock,
      abortMs,
      Promise.resolve(this.#loops).then(() => undefined),
    )
    await within(this.#deps.clock, abortMs, this.#endLease())
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
      if (this.#held.room <= 0) wait = Math.max(wait, this.#pollMs)
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
      await within(this.#deps.clock, Math.max(0, left), woken.promise)
    }
  }

  async #listen(): Promise<void> {
    const stopListening = await this.#deps.store.listen((runId) => {
      if (runId === undefined || !this.#held.has(runId)) this.#hint()
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
      await this.#deliverSignals(this.#held.ids)
      await this.#letGoOfUnknown(worker)
    }
    const room = Math.max(0, this.#held.room)
    // A full worker still looks whether something waits, so that it comes before what is new.
    const looks = clock.monotonic() >= this.#claimedAt + this.#pollMs
    if (this.#stopping || (room === 0 && !looks)) return 0
    const { begun, left } = await this.#claim(worker, room)
    for (const { run } of left) {
      await store.abandonRun({ runId: run.id, epoch: run.epoch, delayMs: 0 })
    }
    return begun
  }

  /**
   * Begins a run where it is started. By limits it would have to be counted with those of all other
   * workers, and before what waits already it is not to come: then it has to be claimed.
   */
  begin(start: NewRun, onStored: (run: Run) => void): Promise<Run> | undefined {
    const { registry, limits } = this.#deps
    const worker = this.#lease.held
    const isFree = this.#held.isFree && !this.#stopping
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
    this.#held.hold(beginRun(this.#runnerDeps(worker, claimed), worker, claimed, plan, begun))
    return stored.promise
  }

  holds(runId: string): boolean {
    return this.#held.holds(runId)
  }

  /**
   * Claims and begins; what was asked for is free again only when those that came have their places.
   */
  async #claim(worker: string, room: number): Promise<Claimed> {
    const { store, registry, limits, clock } = this.#deps
    return this.#held.reserve(room, async () => {
      const sentAt = clock.monotonic()
      const claim = await store.claimRuns({
        worker,
        name: this.name,
        kinds: this.#turns.kinds,
        steps: registry.steps,
        limit: room,
        ...(limits === undefined ? {} : { limits }),
      })
      const { more } = claim
      this.#claimedAt = clock.monotonic()
      this.#time.hear(claim.now, sentAt)
      this.#turns.took(claim.runs.map(({ run }) => run))
      if (this.#stopping) return { more, value: { begun: 0, left: claim.runs } }
      for (const claimed of claim.runs) {
        const deps = this.#runnerDeps(worker, claimed)
        this.#held.hold(startRun(deps, worker, claimed, registry.plan(claimed.run)))
      }
      return { more, value: { begun: claim.runs.length, left: [] } }
    })
  }

  /** A claim whose answer was lost leaves runs with this worker that it never heard of. */
  async #letGoOfUnknown(worker: string): Promise<void> {
    // What was at work when it was asked may have ended since: it is known, and let go by now.
    const known = new Set(this.#held.ids)
    for (const { runId, epoch } of await this.#deps.store.listHeldRuns({ worker })) {
      if (known.has(runId) || this.#held.has(runId)) continue
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
      released: (runId: string) => this.#held.release(runId),
      pause: (ms: number) => pause(this.#deps.clock, ms),
      reportStray: (stray: Stray) => this.#strays.report(stray),
    }
    return claimDeps(ofWorker, claimed, this.name)
  }

  async #deliverSignals(runIds: readonly string[]): Promise<void> {
    if (runIds.length === 0) return
    try {
      this.#held.deliver(await this.#deps.store.listSignals({ runIds }))
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'signals could not be read; trying again')
    }
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
      await within(this.#deps.clock, ms, woken.promise)
    }
    this.#hinted = false
  }
}
