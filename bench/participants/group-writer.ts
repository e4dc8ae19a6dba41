/** How a {@link GroupWriter} writes. */
export interface GroupWriterOptions<Item> {
  /** How many statements may be in flight at once. */
  readonly lanes: number
  /** The most items in a statement. */
  readonly most: number
  readonly write: (batch: readonly Item[]) => Promise<void>
}

interface Waiting<Item> {
  readonly item: Item
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Group commit at its simplest: what comes while the lanes are busy goes with the next statement. */
export class GroupWriter<Item> {
  readonly #options: GroupWriterOptions<Item>
  #waiting: Waiting<Item>[] = []
  #busy = 0
  #scheduled = false

  constructor(options: GroupWriterOptions<Item>) {
    this.#options = options
  }

  add(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#schedule()
    })
  }

  /** Those that were answered together come together: all of them go with the next statement. */
  #schedule(): void {
    if (this.#scheduled || this.#busy === this.#options.lanes) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#next()
    })
  }

  #next(): void {
    const { lanes, most } = this.#options
    if (this.#waiting.length === 0 || this.#busy === lanes) return
    this.#busy += 1
    void this.#fly(this.#waiting.splice(0, most))
  }

  async #fly(batch: readonly Waiting<Item>[]): Promise<void> {
    try {
      await this.#options.write(batch.map(({ item }) => item))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      this.#busy -= 1
      this.#schedule()
    }
  }
}
