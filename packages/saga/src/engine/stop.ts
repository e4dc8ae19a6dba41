/**
 * What stops calls from outside: a cancel, a lost lease, a failure beside them. As an AbortSignal, but
 * one of those costs as much as all else that a short step takes, and few steps look at theirs.
 */
export class Stop {
  readonly #listeners = new Set<(reason: Error) => void>()
  #reason: Error | undefined

  /** Why it was stopped; undefined: it goes on. */
  get reason(): Error | undefined {
    return this.#reason
  }

  /** The first reason counts. */
  stop(reason: Error): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    for (const listener of [...this.#listeners]) listener(reason)
    this.#listeners.clear()
  }

  /** Calls back when it is stopped, if it goes on now; the answer takes that back. */
  onStop(listener: (reason: Error) => void): () => void {
    if (this.#reason === undefined) this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** The AbortSignal of a stop, made when somebody asks for it. */
export class LazySignal {
  readonly #stop: Stop
  #controller: AbortController | undefined

  constructor(stop: Stop) {
    this.#stop = stop
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#make()
    return this.#controller.signal
  }

  #make(): AbortController {
    const controller = new AbortController()
    if (this.#stop.reason === undefined) this.#stop.onStop((reason) => controller.abort(reason))
    else controller.abort(this.#stop.reason)
    return controller
  }
}
