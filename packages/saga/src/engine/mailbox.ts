/** A time in which the loop of a run stands still. */
export interface Turn {
  end(): void
  fail(error: unknown): void
}

interface Message {
  readonly read: () => void | Promise<void>
  /** Told instead when the loop has ended without reading it. */
  readonly unread: (why: unknown) => void
}

/**
 * What calls that run at once have to say to the one loop of their run: it alone reads and writes
 * the run's state, one message after the other.
 */
export class Mailbox {
  readonly #messages: Message[] = []
  #closed: { readonly why: unknown } | undefined
  #ring = () => {}
  #rung = false

  /** Leaves a message; the loop reads it when it is its turn. */
  post(read: Message['read'], unread: Message['unread']): void {
    if (this.#closed === undefined) {
      this.#messages.push({ read, unread })
      this.ring()
    } else {
      unread(this.#closed.why)
    }
  }

  /**
   * Asks for a turn: the loop stands still from when this resolves until the turn is ended, or fails
   * with what the turn failed with. Rejects when the loop has ended.
   */
  turn(): Promise<Turn> {
    const granted = Promise.withResolvers<Turn>()
    this.post(() => {
      const over = Promise.withResolvers<void>()
      granted.resolve({ end: over.resolve, fail: over.reject })
      return over.promise
    }, granted.reject)
    return granted.promise
  }

  /** Wakes the loop, for there is something else to look at. */
  ring(): void {
    this.#rung = true
    this.#ring()
  }

  /** Resolves at the next ring, at once if there was one since the last time. */
  async rung(): Promise<void> {
    if (!this.#rung) {
      const ring = Promise.withResolvers<void>()
      this.#ring = ring.resolve
      await ring.promise
    }
    this.#rung = false
  }

  /** Reads what has been left. @throws what a message throws */
  async open(): Promise<void> {
    for (let next = this.#messages.shift(); next !== undefined; next = this.#messages.shift()) {
      await next.read()
    }
  }

  /** The loop has ended: nobody reads what is left, or will be. */
  close(why: unknown): void {
    this.#closed = { why }
    for (const { unread } of this.#messages.splice(0)) unread(why)
  }
}
