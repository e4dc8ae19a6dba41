import type { Message } from '../http/outcome.ts'
import type { Random } from '../random.ts'
import type { FaultEffect, FaultOrder, FaultSubject } from './fault.ts'
import { includes, matchesPath } from './pattern.ts'

/** How a held request goes on: as if nothing had been, or not at all. */
export type Release = 'continue' | 'drop'

/** One effect of a fault on the request that it hit. */
export interface Blow {
  readonly fault: Fault
  readonly effect: FaultEffect
}

/** A fault that waits for its requests. */
export class Fault {
  readonly id: string
  readonly order: FaultOrder
  readonly #random: Pick<Random, 'fraction'>
  readonly #waiting = new Set<(release: Release) => void>()
  readonly #reached = Promise.withResolvers<void>()
  readonly #actions: number[] = []
  readonly #answers = new Map<string, Message>()
  #matched = 0
  #fired = 0

  constructor(id: string, order: FaultOrder, random: Pick<Random, 'fraction'>) {
    this.id = id
    this.order = order
    this.#random = random
  }

  /** Resolves when it has fired; one that holds, when a request is held. */
  get reached(): Promise<void> {
    return this.#reached.promise
  }

  /** Counts a request, and says whether the fault hits it. */
  claims(subject: FaultSubject): boolean {
    if (!meets(this.order, subject)) return false
    this.#matched++
    const { nth, times } = this.order
    const meant = this.#matched >= nth && (times === 'always' || this.#matched < nth + times)
    const hit = meant && this.#random.fraction('fault', this.id, this.#matched) < this.order.chance
    if (hit) this.#fired++
    if (hit && !this.#holds) this.#reached.resolve()
    return hit
  }

  /** What it does, in order. */
  get effects(): readonly FaultEffect[] {
    return this.order.kind === 'several' ? this.order.effects : [this.order]
  }

  get #holds(): boolean {
    return this.effects.some(({ kind }) => kind === 'hold' || kind === 'stall')
  }

  /** What was answered to this address when the fault first hit it. */
  firstAnswer(address: string, current: Message): Message {
    const first = this.#answers.get(address) ?? current
    this.#answers.set(address, first)
    return first
  }

  /** Keeps the request until somebody releases it. */
  hold(): Promise<Release> {
    const { promise, resolve } = Promise.withResolvers<Release>()
    this.#waiting.add(resolve)
    this.#reached.resolve()
    return promise
  }

  release(release: Release): number {
    const released = this.#waiting.size
    for (const resolve of this.#waiting) resolve(release)
    this.#waiting.clear()
    return released
  }

  /** Notes an action whose end this fault decided. */
  noteAction(id: number): void {
    this.#actions.push(id)
  }

  get actions(): readonly number[] {
    return this.#actions
  }

  toJSON() {
    return {
      id: this.id,
      ...this.order,
      matched: this.#matched,
      fired: this.#fired,
      held: this.#waiting.size,
      actions: this.#actions,
    }
  }
}

/** All faults, in the order in which they were asked for. */
export class FaultRegistry {
  readonly #random: Pick<Random, 'fraction'>
  readonly #faults = new Map<string, Fault>()
  #count = 0

  constructor(random: Pick<Random, 'fraction'>) {
    this.#random = random
  }

  add(order: FaultOrder): Fault {
    this.#count++
    const fault = new Fault(`fault-${this.#count}`, order, this.#random)
    this.#faults.set(fault.id, fault)
    return fault
  }

  get(id: string): Fault | undefined {
    return this.#faults.get(id)
  }

  list(): readonly Fault[] {
    return [...this.#faults.values()]
  }

  /** All that hits this request, fault by fault: a request can be slow and then lost. */
  claim(subject: FaultSubject): readonly Blow[] {
    return this.list()
      .filter((fault) => fault.claims(subject))
      .flatMap((fault) => fault.effects.map((effect) => ({ fault, effect })))
  }

  /** Forgets a fault; what it holds goes on. */
  remove(fault: Fault, release: Release = 'continue'): void {
    this.#faults.delete(fault.id)
    fault.release(release)
  }

  clear(release: Release = 'continue'): void {
    for (const fault of this.list()) this.remove(fault, release)
  }
}

function meets({ match }: FaultOrder, { method, url, body }: FaultSubject): boolean {
  if (match.method !== undefined && match.method !== method) return false
  if (!matchesPath(match.path, url.pathname)) return false
  const query = Object.entries(match.query ?? {})
  if (!query.every(([name, value]) => url.searchParams.get(name) === value)) return false
  return match.body === undefined || includes(body, match.body)
}
