import type { z } from 'zod'
import { unrestricted } from '../http/access.ts'
import type { Route, World } from '../http/route.ts'
import { settleDatabases } from '../resources/databases/life.ts'
import { routes } from '../resources/index.ts'
import { settleKubernetes } from '../resources/kubernetes/life.ts'
import { finishAction } from '../resources/settlement.ts'
import type { Transaction } from '../store/transaction.ts'
import { lagFrom, SimulatedTime } from '../time.ts'

/** One operation, asked for in the past. */
export interface Order {
  readonly atMs: number
  readonly method?: Route['method']
  /** As routes have it, with `:name` for parameters. */
  readonly path: string
  readonly params?: Readonly<Record<string, string>>
  readonly body: object
}

const handlers = new Map(routes.map(({ method, path, handle }) => [`${method} ${path}`, handle]))

/**
 * What an account did before the simulator began: the API's own operations, at the time of then, so
 * that what a fleet has is what clients could have made. What they began has ended.
 */
export class Past {
  readonly tx: Transaction
  readonly world: World
  readonly now: number

  constructor(tx: Transaction, world: World, now: number) {
    this.tx = tx
    this.now = now
    // The past took its time, however fast the present is.
    this.world = { ...world, time: new SimulatedTime({ now: () => now }, 1), lag: lagFrom(0) }
  }

  /** @throws ApiError, as the operation does, and ZodError for another answer: the fleet is wrong */
  ask<T>(order: Order, answer: z.ZodType<T>): T {
    return answer.parse(this.#perform(order).body)
  }

  /** Asks for what gives no answer that is needed. */
  tell(order: Order): void {
    this.#perform(order)
  }

  #perform({ atMs, method = 'POST', path, params = {}, body }: Order) {
    const handle = handlers.get(`${method} ${path}`)
    if (!handle) throw new Error(`there is no ${method} ${path}`)
    const reply = handle({
      tx: this.tx,
      world: this.world,
      now: Math.floor(atMs),
      url: new URL('https://localhost'),
      params,
      header: () => undefined,
      body,
      access: unrestricted,
      fate: 'complete',
      begun: () => undefined,
      hideYoungerMs: 0,
    })
    for (const action of this.tx.tables.actions.find('status', 'in-progress')) {
      finishAction(this.tx, this.world, action, action.dueMs)
    }
    return reply
  }

  /** Ends what is not an action, and takes minutes. */
  settle(): void {
    settleDatabases(this.tx, this.now)
    settleKubernetes(this.tx, this.now)
  }
}
