import type { Queryable } from '../../core/step.ts'
import type { Commit, Store } from '../../engine/store.ts'
import type { CaseDeps } from './case-deps.ts'
import { Cut, type Fault, Gone, Poisoned, type Side } from './fault.ts'
import { leaseMs, type SimulatedProcess } from './process.ts'

type Params = { readonly [name: string]: unknown }
type Work = (tx: Queryable) => Promise<Commit>

/** What schedules are due is no matter of a run's, and is asked in every round. */
const isBesideIt = (name: string) => name === 'listDueSchedules'

const isRead = (name: string) => /^(read|list)/.test(name)

/**
 * A read changes nothing: it fails, or what it gave is old by the time it is gone by. What a crash
 * there leaves is what one before it has left.
 */
function faultsOf(name: string, side: Side, inTransaction: boolean): readonly Fault[] {
  if (isBesideIt(name)) return []
  if (inTransaction) return side === 'before' ? ['crash', 'error'] : ['crash']
  if (isRead(name)) return side === 'before' ? ['error'] : ['stale']
  if (side === 'after') return ['crash', 'lost', 'stale', 'resumed']
  const some: readonly Fault[] = ['crash', 'error', 'stale', 'resumed', 'cancel']
  if (name === 'transactRun') return some
  return name === 'commitRuns' ? [...some, 'overtaken', 'poison'] : [...some, 'overtaken']
}

/**
 * The store as a process of a case has it: every method is a statement, or a transaction, that can
 * be cut before and after. By name, whatever methods there are.
 */
export function cutStore(deps: CaseDeps, process: SimulatedProcess, store: Store): Store {
  const cutting = new CuttingStore(deps, process)
  return new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function' || typeof name !== 'string') return member
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args)
      if (name === 'isTransient') return (error: unknown) => error instanceof Cut || call(error)
      // Hints may be lost: here they are.
      if (name === 'listen') return async () => async () => {}
      return (params: unknown) => {
        const given = isParams(params) ? params : {}
        const { work } = given
        return isWork(work)
          ? cutting.transaction(name, work, (inside) => call({ ...given, work: inside }))
          : cutting.statement(name, given, call)
      }
    },
  })
}

function isParams(value: unknown): value is Params {
  return typeof value === 'object' && value !== null
}

function isWork(value: unknown): value is Work {
  return typeof value === 'function'
}

/** A statement that is still on its way, and the ids of what it writes. */
interface Overtaken {
  readonly send: () => Promise<unknown>
  readonly writes: readonly string[]
}

function writesOf({ commits }: Params): readonly string[] {
  if (!Array.isArray(commits)) return []
  return commits.flatMap((commit: unknown) =>
    isParams(commit) && typeof commit['writeId'] === 'string' ? [commit['writeId']] : [],
  )
}

class CuttingStore {
  readonly #deps: CaseDeps
  readonly #process: SimulatedProcess
  /** The transactions themselves, by what a step is given in their place. */
  readonly #transactions = new WeakMap<object, unknown>()
  #overtaken: Overtaken[] = []

  constructor(deps: CaseDeps, process: SimulatedProcess) {
    this.#deps = deps
    this.#process = process
  }

  statement(name: string, params: Params, call: (...args: unknown[]) => unknown): Promise<unknown> {
    const { activity, points, clock } = this.#deps
    const { tx } = params
    const isInside = isParams(tx)
    const given = isInside ? { ...params, tx: this.#transactions.get(tx) ?? tx } : params
    const send = async () => call(given)
    this.#checkLease(name)
    this.#checkStall(name, given)
    return activity.during(async () => {
      await this.#gate(isInside)
      const visit = points.visit(name)
      const fault = points.pass(visit, 'before', faultsOf(name, 'before', isInside))
      if (fault === 'overtaken') this.#overtaken.push({ send, writes: writesOf(given) })
      await this.#suffer(fault, `${visit}:before`, isInside)
      this.#refusePoison(name, given)
      const sentAt = clock.now()
      const answer = await activity.inTurn(async () => {
        const answered = await send()
        if (name === 'commitRuns') await this.#arrive(writesOf(given))
        return answered
      })
      this.#hear(name, given, answer, sentAt)
      await this.#gate(isInside)
      const after = points.pass(visit, 'after', faultsOf(name, 'after', isInside))
      await this.#suffer(after, `${visit}:after`, isInside)
      return answer
    })
  }

  transaction(name: string, work: Work, call: (inside: Work) => unknown): Promise<unknown> {
    const { activity, points } = this.#deps
    return activity.during(async () => {
      await this.#gate(false)
      const visit = points.visit(name)
      const before = points.pass(visit, 'before', faultsOf(name, 'before', false))
      await this.#suffer(before, `${visit}:before`, false)
      const endTurn = await activity.turn()
      const inside = (tx: Queryable) => {
        endTurn()
        return this.#inside(name, work, tx, async () => {
          const fault = points.pass(visit, 'inside', ['crash', 'error', 'resumed'])
          // What it is made of is locked: it cannot wait for whoever may need that to come to rest.
          // Nor is its end given a turn: who was stopped here ends it before he looks at the time.
          await this.#suffer(fault, `${visit}:inside`, true)
        })
      }
      let answer: unknown
      try {
        answer = await call(inside)
      } finally {
        endTurn()
        await this.#gate(false)
      }
      const after = points.pass(visit, 'after', faultsOf(name, 'after', false))
      await this.#suffer(after, `${visit}:after`, false)
      return answer
    })
  }

  /** The work itself waits for whatever it likes; its statements are what is under way. */
  async #inside(
    name: string,
    work: Work,
    tx: Queryable,
    end: () => Promise<void>,
  ): Promise<Commit> {
    const { activity } = this.#deps
    const made = await activity.held(work(this.#cutTransaction(name, tx)))
    await this.#gate(true)
    await end()
    return made
  }

  #cutTransaction(name: string, tx: Queryable): Queryable {
    const { activity, points } = this.#deps
    const cut = new Proxy(tx, {
      get: (target, member, receiver) => {
        const found: unknown = Reflect.get(target, member, receiver)
        if (typeof found !== 'function') return found
        const call = (...args: unknown[]): unknown => Reflect.apply(found, target, args)
        if (member !== 'query') return call
        return (...args: unknown[]) =>
          activity.during(async () => {
            await this.#gate(true)
            const visit = points.visit(`${name}.query`)
            const fault = points.pass(visit, 'before', faultsOf(name, 'before', true))
            await this.#suffer(fault, `${visit}:before`, true)
            const answer = await activity.inTurn(async () => call(...args))
            await this.#gate(true)
            return answer
          })
      },
    })
    this.#transactions.set(cut, tx)
    return cut
  }

  /** In a transaction somebody has to be told, so that it is rolled back as it would be. */
  async #gate(isInside: boolean): Promise<void> {
    if (isInside) this.#process.assertThere()
    await this.#process.gate()
  }

  async #suffer(fault: Fault | undefined, point: string, isInside: boolean): Promise<void> {
    const { lose, cancel, poisoned } = this.#deps
    switch (fault) {
      case undefined:
        return
      case 'crash':
        lose(this.#process, 'kill')
        if (isInside) throw new Gone()
        return this.#process.nothing()
      case 'stale':
        lose(this.#process, 'stop')
        return this.#process.gate()
      case 'resumed':
        lose(this.#process, 'stop for a moment')
        return this.#process.gate()
      case 'cancel':
        return cancel()
      case 'poison':
        poisoned.on = true
        return
      default:
        throw new Cut(point, fault)
    }
  }

  #refusePoison(name: string, params: Params): void {
    const { poisoned, beside } = this.#deps
    const id = beside()
    if (!poisoned.on || id === undefined || name !== 'commitRuns') return
    if (JSON.stringify(params).includes(id)) throw new Poisoned()
  }

  /** What was on its way for longer than what was sent after it, and was not it once more. */
  async #arrive(written: readonly string[]): Promise<void> {
    const isAgain = ({ writes }: Overtaken) => writes.some((id) => written.includes(id))
    const arriving = this.#overtaken.filter((sent) => !isAgain(sent))
    this.#overtaken = this.#overtaken.filter(isAgain)
    // Nobody hears what becomes of it.
    for (const { send } of arriving) await send().catch(() => {})
  }

  /** Asked when it is sent: what a process is stopped with arrives whenever it does. */
  #checkLease(name: string): void {
    const { leaseUntil, isAlive } = this.#process
    if (name !== 'commitRuns' || leaseUntil === undefined || !isAlive) return
    if (this.#deps.clock.now() <= leaseUntil) return
    this.#deps.breach('runs were written by a worker whose lease was over')
  }

  /** Only a run whose rows the database refuses cannot be gone on with. */
  #checkStall(name: string, { runId, stalled }: Params): void {
    const { beside, poisoned, breach } = this.#deps
    if (name !== 'abandonRun' || typeof stalled !== 'string' || !this.#process.isAlive) return
    if (poisoned.on && runId === beside()) return
    breach(`a run was let go that nothing is wrong with: ${stalled}`)
  }

  #hear(name: string, { leaseMs: asked, worker }: Params, answer: unknown, sentAt: number): void {
    if (name === 'renewLease' && answer === true) {
      this.#process.workerId = worker
      this.#process.leaseUntil = sentAt + (typeof asked === 'number' ? asked : leaseMs)
    }
    if (!name.startsWith('claim') || !isParams(answer)) return
    const { runs } = answer
    if (Array.isArray(runs) && runs.length > 0) this.#deps.claimed(runs)
  }
}
