import { ActRefused, InvalidInput } from '../../core/errors.ts'
import { hasEnded, type Run } from '../../core/run.ts'
import type { Engine } from '../../engine/api.ts'
import type { StoredRun } from '../../engine/store.ts'
import type { MatrixQuestion } from './options.ts'
import { leaseMs, type SimulatedProcess } from './process.ts'
import type { Stage } from './stage.ts'

const mostRounds = 300

/** How a process asked: answered, refused by the state of the run, or gone before it had an answer. */
type Asked<T> = { readonly value: T } | 'refused'

/**
 * Plays a case: processes come and go, time passes, questions are answered, until every run has
 * ended, is parked, or nothing moves any more.
 */
export class Play<World> {
  readonly #stage: Stage<World>
  readonly #answer: ((question: MatrixQuestion<World>) => Promise<unknown>) | undefined
  readonly #hasChildren: boolean
  readonly #deadlines = new Map<string, { readonly of: string; readonly at: number }>()
  #rested: readonly StoredRun[] = []
  /** Rounds in a row in which no step got any further. */
  #lull = 0
  #lastState = ''
  #lastEvents = 0
  /** Deadlines are given anew when an operator has a run tried again. */
  #acts = 0

  constructor(
    stage: Stage<World>,
    answer: ((question: MatrixQuestion<World>) => Promise<unknown>) | undefined,
  ) {
    this.#stage = stage
    this.#answer = answer
    this.#hasChildren = stage.saga.steps.some(({ step }) => step.child !== undefined)
  }

  /** Asks as a client does: again when there was no answer, of whatever process is there. */
  async ask<T>(work: (engine: Engine) => Promise<T>): Promise<Asked<T>> {
    const { activity, clock, checks, store } = this.#stage
    for (let tries = 0; tries < 20; tries += 1) {
      const process = await this.#present()
      let answer: Asked<T> | { readonly error: unknown } | undefined
      void work(process.engine).then(
        (value) => {
          answer = { value }
        },
        (error: unknown) => {
          answer = error instanceof ActRefused ? 'refused' : { error }
        },
      )
      for (let wait = 0; wait < 20 && answer === undefined && process.isAlive; wait += 1) {
        await activity.quiet()
        if (answer === undefined) clock.advance(100)
      }
      if (answer === undefined) continue
      if (answer === 'refused' || 'value' in answer) return answer
      const { error } = answer
      const isCut = error instanceof Error && error.name === 'Cut'
      if (!isCut && !store.isTransient(error)) {
        checks.breach(`a client was answered: ${error}`)
        return 'refused'
      }
    }
    checks.breach('a client has no answer after 20 times')
    return 'refused'
  }

  /** The process that is there; where a new one has to be begun, it must take nothing from a lost one. */
  async #present(): Promise<SimulatedProcess> {
    const stage = this.#stage
    const { current } = stage
    if (current !== undefined) return current
    const lost = stage.processes.at(-1)
    const process = stage.spawn()
    // Its worker has looked for what waits already, and so begins what comes.
    if (stage.isBegun) await stage.activity.quiet()
    if (stage.runId === undefined || lost?.leaseUntil === undefined) return process
    if (lost.leaseUntil <= stage.clock.now()) return process
    const held = (await this.#observe()).filter(({ run }) => run.workerId === lost.workerId)
    await this.#turn(process)
    // A call that hangs lets the time pass.
    if (lost.leaseUntil <= stage.clock.now()) return process
    for (const { run } of await this.#observe()) {
      const before = held.find(({ run: { id } }) => id === run.id)
      if (before !== undefined && run.epoch !== before.run.epoch) {
        stage.checks.breach('a run was taken over before the lease of its worker was over')
      }
    }
    return process
  }

  async #turn(process: SimulatedProcess): Promise<void> {
    void this.#stage.round(process)
    await this.#stage.finish(process)
  }

  /** Until everything rests. */
  async settle(): Promise<void> {
    const stage = this.#stage
    for (let round = 0; round < mostRounds; round += 1) {
      const process = await this.#present()
      await this.#turn(process)
      if (!process.isAlive) continue
      const runs = await this.#observe()
      if (this.#rests(runs) && (await this.#isHeard(runs))) {
        this.#rested = runs
        if (!stage.hasSleepers) return
        await stage.wake()
        continue
      }
      if (this.#isDue(runs)) continue
      if (await this.#answerAll(runs)) continue
      await this.#passTime(runs)
    }
    stage.checks.breach('it does not come to rest')
    this.#rested = await this.#observe()
  }

  /** One that waits for what is parked, by a lock or as its child, gets no further either. */
  #rests(runs: readonly StoredRun[]): boolean {
    if (runs.every(({ run }) => isAtRest(run))) return true
    const isStuck = this.#lull >= 5 && runs.some(({ run }) => run.status === 'parked')
    return isStuck && runs.every(({ run }) => isAtRest(run) || isBehind(run))
  }

  async #isHeard(runs: readonly StoredRun[]): Promise<boolean> {
    const signals = await this.#stage.store.listSignals({ runIds: runs.map(({ run }) => run.id) })
    // What nobody can write is not read either, until an operator has it tried again.
    const isStalled = ({ runId, type }: { readonly runId: string; readonly type: string }) =>
      type !== 'retry' &&
      runs.some(({ run }) => run.id === runId && run.parked?.reason.startsWith('stalled:') === true)
    return signals.every(isStalled)
  }

  #isDue(runs: readonly StoredRun[]): boolean {
    const events = runs.reduce((sum, { run }) => sum + run.eventSeq, 0)
    const moved = events !== this.#lastEvents
    this.#lastEvents = events
    const state = runs.map(({ steps }) => steps.map(({ status }) => status).join()).join()
    if (state !== this.#lastState) this.#lull = 0
    this.#lastState = state
    return moved
  }

  async #answerAll(runs: readonly StoredRun[]): Promise<boolean> {
    const { variant } = this.#stage
    let answered = false
    for (const { run, steps } of runs) {
      if (run.status !== 'waiting' || run.direction === 'undo') continue
      for (const step of steps) {
        const kind = run.plan[step.idx]?.kind
        if (step.status !== 'waiting' || (kind !== 'approval' && kind !== 'signal')) continue
        const isIt = variant.step === `${run.kind}.${step.idx}` && !this.#stage.isHealed
        if (isIt && variant.type === 'unanswered') continue
        const isRejected = isIt && variant.type === 'rejected'
        const asked = await this.ask((engine) =>
          isRejected
            ? engine.reject(run.id, { reason: 'rejected by the matrix', step: step.name })
            : this.#say({ engine, run, step, world: this.#stage.world }),
        )
        answered ||= asked !== 'refused'
      }
    }
    return answered
  }

  async #say(question: MatrixQuestion<World>): Promise<unknown> {
    if (this.#answer !== undefined) return this.#answer(question)
    const { engine, run, step } = question
    try {
      return run.plan[step.idx]?.kind === 'approval'
        ? await engine.approve(run.id, { step: step.name })
        : await engine.signal(run.id, step.name)
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      throw new TypeError(
        `step "${step.name}" waits for a payload: give the matrix an \`answer\` (${error.message})`,
      )
    }
  }

  /** On to what is due next; further each time, when nothing comes of it. */
  async #passTime(runs: readonly StoredRun[]): Promise<void> {
    const { clock, activity } = this.#stage
    const now = clock.now()
    this.#lull += 1
    const held = runs.some(({ run }) => run.workerId !== null)
    const times = [
      ...runs.flatMap(({ run }) => (isAtRest(run) || run.wakeAt === null ? [] : [run.wakeAt])),
      ...(held ? this.#leaseEnds() : []),
      clock.next() ?? Number.POSITIVE_INFINITY,
    ].filter((time) => time > now)
    const soonest = Math.min(...times, now + 86_400_000)
    const patience = this.#lull < 5 ? 0 : 1_000 * 2 ** Math.min(this.#lull, 24)
    clock.advance(Math.max(soonest - now, patience))
    await activity.quiet()
  }

  /** When what lost processes hold can be taken over: as soon as that, or it would be too easy. */
  #leaseEnds(): readonly number[] {
    const { clock, processes } = this.#stage
    const lost = processes.filter(({ isAlive }) => !isAlive)
    return [...lost.flatMap(({ leaseUntil = 0 }) => leaseUntil + 1), clock.now() + leaseMs + 1]
  }

  /** Everything there is of the runs of the case, with their children. */
  async #observe(): Promise<readonly StoredRun[]> {
    const { store, runId, besideId } = this.#stage
    const roots = [runId, besideId].filter((id) => id !== undefined)
    const ids = [...roots]
    for (const rootId of this.#hasChildren ? roots : []) {
      const { data } = await store.listRuns({ rootId, limit: 200 })
      ids.push(...data.map(({ id }) => id))
    }
    const runs: StoredRun[] = []
    for (const id of ids) {
      const stored = await store.readRun({ id })
      if (stored === undefined) this.#stage.checks.breach('a run is not there any more')
      else runs.push(stored)
    }
    for (const stored of runs) this.#checkDeadlines(stored)
    return runs
  }

  /** As they were when they came to rest. */
  get runs(): readonly StoredRun[] {
    return this.#rested
  }

  #checkDeadlines({ run, steps }: StoredRun): void {
    for (const { idx, name, attempts, issuedAt, deadlineAt, undoDeadlineAt, status } of steps) {
      for (const [what, of, at] of [
        ['deadline', `${issuedAt} ${attempts} ${this.#acts}`, deadlineAt],
        [
          'deadline of its undo',
          `${this.#acts}`,
          status === 'compensating' ? undoDeadlineAt : null,
        ],
      ] as const) {
        if (at === null) continue
        const key = `${run.id} ${idx} ${what}`
        const before = this.#deadlines.get(key)
        this.#deadlines.set(key, { of, at })
        if (before?.of === of && before.at !== at) {
          this.#stage.checks.breach(`the ${what} of step ${idx} (${name}) was moved`)
        }
      }
    }
  }

  /** What an operator does about a run that is parked, once the world is well again. */
  async operate({ run }: StoredRun): Promise<'by hand' | 'done'> {
    const { control } = this.#stage
    this.#acts += 1
    const said = await control.acts(run.id)
    const options = { actor: 'operator' }
    if (said.retry === null) {
      await control.retry(run.id, options)
      return 'done'
    }
    if (said.cancel === null) {
      await control.cancel(run.id, options)
      return 'done'
    }
    await control.resolve(run.id, { ...options, reason: 'removed by hand' })
    return 'by hand'
  }
}

/** Nothing happens to it by itself. */
export function isAtRest({ status }: Run): boolean {
  return hasEnded(status) || status === 'parked'
}

function isBehind({ status, waitsFor }: Run): boolean {
  return status === 'waiting' && (waitsFor === 'lock' || waitsFor === 'child')
}
