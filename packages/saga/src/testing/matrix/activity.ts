/** How long a call may take by the real clock before it counts as one that waits for simulated time. */
const patienceMs = 2_000

/** A promise in a program that stands still goes on within so many turns of the event loop. */
const turns = 4

/**
 * What is really under way in a case: statements, calls of the world. Where nothing is, everybody
 * waits for simulated time, or for somebody who is held up on purpose.
 */
export class Activity {
  #busy = 0
  #moves = 0
  #idle = Promise.withResolvers<void>()
  #last: Promise<void> = Promise.resolve()

  begin(): void {
    this.#busy += 1
    this.#moves += 1
  }

  end(): void {
    this.#busy -= 1
    this.#moves += 1
    if (this.#busy > 0) return
    this.#idle.resolve()
    this.#idle = Promise.withResolvers()
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.begin()
    try {
      return await work()
    } finally {
      this.end()
    }
  }

  /** Waits for something that does not count as being under way. */
  async held<T>(until: Promise<T>): Promise<T> {
    this.end()
    try {
      return await until
    } finally {
      this.begin()
    }
  }

  /**
   * Waits for its turn, which is over when what is given back is called, or after two seconds. What a
   * case asks of a database and of a world it asks one after the other, in the order of asking, and
   * the next when all that came of the one before has been begun: else chance would decide what comes
   * first, and no case would go the same way twice. What is answered at once leaves nothing to chance.
   */
  async turn(): Promise<() => void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    const timer = setTimeout(resolve, patienceMs)
    let isAtOnce = true
    setImmediate(() => {
      isAtOnce = false
    })
    return () => {
      clearTimeout(timer)
      if (isAtOnce) resolve()
      else void nextTurns().then(resolve)
    }
  }

  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const end = await this.turn()
    try {
      return await work()
    } finally {
      end()
    }
  }

  /** Resolves when nothing is under way, or what is has not answered for two seconds. */
  async quiet(): Promise<void> {
    for (;;) {
      if (this.#busy > 0 && !(await this.#idleSoon())) return
      const before = this.#moves
      await nextTurns()
      if (this.#busy === 0 && this.#moves === before) return
    }
  }

  #idleSoon(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), patienceMs)
    void this.#idle.promise.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
    return promise
  }
}

async function nextTurns(): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
}
