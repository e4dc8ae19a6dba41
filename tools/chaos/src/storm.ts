import { ActRefused, type Engine } from '@arcadia-cloud/saga'
import type { Fault, PlannedSaga } from './plan.ts'
import type { WorkerPlace } from './processes/worker-place.ts'
import type { Scene } from './scene.ts'
import type { Tally } from './tally.ts'

/** Does at their times what was planned, until all of it is done; ends early when aborted. */
export class Storm {
  readonly #scene: Scene
  readonly #tally: Tally
  readonly #leaseMs: number
  readonly #signal: AbortSignal
  readonly #from = performance.now()
  /** What lasts a while, and must be over before the world is whole again. */
  readonly #underWay = new Set<Promise<void>>()
  readonly #failed = new AbortController()

  constructor(
    scene: Scene,
    { tally, leaseMs, signal }: { tally: Tally; leaseMs: number; signal: AbortSignal },
  ) {
    this.#scene = scene
    this.#tally = tally
    this.#leaseMs = leaseMs
    this.#signal = AbortSignal.any([signal, this.#failed.signal])
  }

  async run(faults: readonly Fault[], sagas: readonly PlannedSaga[], ms: number): Promise<void> {
    await Promise.all([
      this.#inTime(faults, async (fault) => this.#begin(this.#strike(fault))),
      this.#inTime(sagas, async (planned) => this.#begin(this.#startSaga(planned))),
      this.#until(ms),
    ])
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    this.#signal.throwIfAborted()
  }

  async #inTime<T extends { readonly at: number }>(
    planned: readonly T[],
    act: (what: T) => Promise<void>,
  ): Promise<void> {
    for (const what of planned) {
      await this.#until(what.at)
      await act(what)
    }
  }

  /** What fails here is a fault of this program, and ends it. */
  #begin(work: Promise<void>): void {
    const over = work
      .catch((error: unknown) => this.#failed.abort(error))
      .finally(() => this.#underWay.delete(over))
    this.#underWay.add(over)
  }

  /** @param at milliseconds from the beginning */
  #until(at: number): Promise<void> {
    return this.#pause(at - (performance.now() - this.#from))
  }

  async #pause(ms: number): Promise<void> {
    this.#signal.throwIfAborted()
    if (ms <= 0) return
    const over = Promise.withResolvers<void>()
    const abort = () => over.reject(this.#signal.reason)
    const timer = setTimeout(over.resolve, ms)
    this.#signal.addEventListener('abort', abort, { once: true })
    try {
      await over.promise
    } finally {
      clearTimeout(timer)
      this.#signal.removeEventListener('abort', abort)
    }
  }

  async #strike(fault: Fault): Promise<void> {
    switch (fault.type) {
      case 'kill':
        await this.#onWorker(fault.worker, (worker) => worker.kill(fault.downMs))
        this.#tally.add('workers killed')
        return
      case 'stop':
        return this.#stop(fault.worker, fault.ms)
      case 'postgres': {
        const downMs = await this.#scene.postgres.kill(fault.how)
        this.#tally.add(`PostgreSQL killed (${fault.how})`)
        this.#tally.add('ms without PostgreSQL', Math.round(downMs))
        return
      }
      case 'cut':
      case 'stall':
      case 'mute':
        return this.#disturb(fault)
    }
  }

  /** Of two faults that want the same worker, the later takes the next that runs, or waits for one. */
  async #onWorker(n: number, act: (worker: WorkerPlace) => void): Promise<WorkerPlace> {
    const { workers } = this.#scene
    const inTurn = [...workers.slice(n), ...workers.slice(0, n)]
    for (;;) {
      const worker = inTurn.find(({ isRunning }) => isRunning)
      if (worker !== undefined) {
        act(worker)
        return worker
      }
      await this.#pause(50)
    }
  }

  async #stop(n: number, ms: number): Promise<void> {
    const zombie = ms > this.#leaseMs
    const stopped = await this.#onWorker(n, (worker) => worker.stop())
    this.#tally.add(zombie ? 'workers stopped past their lease' : 'workers stopped for a moment')
    try {
      await this.#pause(ms)
    } finally {
      stopped.resume()
    }
    if (zombie) this.#tally.add('zombies that woke after their lease')
  }

  async #disturb({
    type,
    worker: n,
    ms,
  }: Extract<Fault, { type: 'cut' | 'stall' | 'mute' }>): Promise<void> {
    const worker = this.#scene.workers[n]
    if (worker === undefined) throw new RangeError(`there is no worker ${n}`)
    const words = { cut: 'cut', stall: 'stalled', mute: 'muted, then cut' }
    this.#tally.add(`connections ${words[type]}`)
    if (ms > this.#leaseMs) this.#tally.add('of these for longer than a lease')
    worker.connections(type)
    try {
      await this.#pause(ms)
    } finally {
      // What was answered to a muted one is lost; what was held back of a stalled one comes late.
      if (type === 'mute') worker.dropConnections()
      worker.connections('pass')
    }
  }

  /** Starts it, once, however often that is tried; and cancels it where that was planned. */
  async #startSaga({ key, kind, steps, input, cancelAfterMs }: PlannedSaga): Promise<void> {
    const { engine } = this.#scene.estate
    const options = { key, actor: 'chaos' }
    const { id } = await this.#insist(() =>
      steps === undefined
        ? engine.startKind(kind, input, options)
        : engine.startAdHoc(steps, input, options),
    )
    if (cancelAfterMs === null) return
    await this.#pause(cancelAfterMs)
    await this.#insist(() => this.#cancel(engine, id))
  }

  async #cancel(engine: Engine, id: string): Promise<void> {
    try {
      await engine.cancel(id, { actor: 'chaos' })
      this.#tally.add('cancels accepted')
    } catch (error) {
      if (!(error instanceof ActRefused)) throw error
      this.#tally.add('cancels that came too late')
    }
  }

  /** Asks a database that is killed now and then until it answers. */
  async #insist<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (!isDatabaseAway(error)) throw error
        this.#tally.add('asked again while the database was away')
      }
      await this.#pause(200)
    }
  }
}

/**
 * Whether the database was away for the moment. The shipped sagas ask it about the account while they
 * check an input, and say of one that does not answer what they say of a wrong input.
 */
function isDatabaseAway(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words = error instanceof Error ? error.message : ''
  return (
    /^(08|57P|ECONN|ENOENT|EPIPE)/.test(code) ||
    /Connection terminated|timeout exceeded|Query read timeout|Connection ended/.test(words) ||
    /EPIPE|ECONNRE|ENOENT|database system is|terminating connection|because of crash/.test(words)
  )
}
