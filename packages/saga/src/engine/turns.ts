import type { Known } from './store.ts'

type Kinds = Known['kinds']

/**
 * Whose turn it is. Within one claim every kind has its turn, but a claim may be for less runs than
 * there are kinds: those that had nothing, or least, of the last claim come first in the next.
 */
export class Turns {
  #kinds: Kinds

  constructor(kinds: Kinds) {
    this.#kinds = kinds
  }

  /** What to claim, in the order of turn. */
  get kinds(): Kinds {
    return this.#kinds
  }

  took(runs: readonly { readonly kind: string }[]): void {
    const counts = new Map<string, number>()
    for (const { kind } of runs) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    const share = ({ kind }: { readonly kind: string }) => counts.get(kind) ?? 0
    this.#kinds = this.#kinds.toSorted((a, b) => share(a) - share(b))
  }
}
