import type { Fault, Side, Strike } from './fault.ts'

/** A point that a run came by, and what can go wrong there. */
export interface Passed {
  readonly point: string
  readonly faults: readonly Fault[]
  /** What has to be true of it for it to be a point at all. */
  readonly isPoint?: () => boolean
}

/** Counts the points that a case comes by, and says which of them are struck. */
export class Points {
  readonly passed: Passed[] = []
  /** How many points had been passed when the last strike fell. */
  struckAt = 0
  readonly #counts = new Map<string, number>()
  readonly #open: Strike[]

  constructor(strikes: readonly Strike[]) {
    this.#open = [...strikes]
  }

  /** Strikes that have not fallen. */
  get open(): readonly Strike[] {
    return this.#open
  }

  /** The name of this time that `what` comes, before and after. */
  visit(what: string): string {
    const count = (this.#counts.get(what) ?? 0) + 1
    this.#counts.set(what, count)
    return `${what}#${count}`
  }

  /** What goes wrong here; undefined: nothing. */
  pass(
    visit: string,
    side: Side,
    faults: readonly Fault[],
    isPoint?: () => boolean,
  ): Fault | undefined {
    const point = `${visit}:${side}`
    this.passed.push({ point, faults, ...(isPoint === undefined ? {} : { isPoint }) })
    const index = this.#open.findIndex((strike) => strike.point === point)
    if (index < 0) return undefined
    const [strike] = this.#open.splice(index, 1)
    this.struckAt = this.passed.length
    return strike?.fault
  }

  /** What was passed after the last strike. */
  get afterwards(): readonly Passed[] {
    return this.passed.slice(this.struckAt).filter(({ isPoint }) => isPoint?.() ?? true)
  }
}
