/** How often each thing happened, in the order in which it first did. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(what: string, count = 1): void {
    this.#counts.set(what, this.of(what) + count)
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0
  }

  entries(): readonly (readonly [string, number])[] {
    return [...this.#counts]
  }
}
