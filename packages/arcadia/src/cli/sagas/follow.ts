import type { Answer, Api } from '../api/client.ts'
import { ApiProblem, Unreachable } from '../api/errors.ts'
import { type Saga, sagaBody } from '../api/shapes.ts'
import type { Terminal } from '../terminal.ts'
import { hasSettled } from './standing.ts'

/** Who is told of a saga's course. */
export interface Follower {
  /** The saga was read: `changed` unless it is as it was. `body` is the API's answer. */
  seen(saga: Saga, body: unknown, changed: boolean): void | Promise<void>
  /** Time has passed. */
  tick(): void
  /** The server has gone away; it is asked again and again. */
  lost(error: Error): void
  found(): void
}

export type Followed =
  | { readonly type: 'settled'; readonly saga: Saga; readonly body: unknown }
  | { readonly type: 'interrupted'; readonly reason: unknown }

const tickMs = 250
/** After so many ticks a saga is a long one, and asked for every `slowTicks` only. */
const eagerTicks = 80
const slowTicks = 4
const longestWaitTicks = 20

/**
 * Reads a saga again and again until it has ended, needs somebody, or the signal is aborted. A
 * server that goes away in the middle is waited for: the saga outlives it.
 * @throws {Unreachable | ApiProblem} when the very first answer does not come; later, for what
 *   waiting does not mend
 */
export async function follow(
  deps: {
    readonly api: Api
    readonly terminal: Pick<Terminal, 'sleep'>
    readonly signal: AbortSignal
  },
  id: string,
  follower: Follower,
): Promise<Followed> {
  const { terminal, signal } = deps
  const reader = new SagaReader(deps.api, id, follower, signal)
  for (let ticks = 0; !signal.aborted; ticks += 1) {
    if (ticks >= reader.dueAt) {
      const answer = await reader.read(ticks)
      if (answer !== undefined && hasSettled(answer.value)) {
        return { type: 'settled', saga: answer.value, body: answer.body }
      }
    }
    follower.tick()
    await terminal.sleep(tickMs, signal)
  }
  return { type: 'interrupted', reason: signal.reason }
}

class SagaReader {
  readonly #api: Api
  readonly #id: string
  readonly #follower: Follower
  readonly #signal: AbortSignal
  #before: string | undefined
  #failures = 0
  /** The tick at which to read next. */
  dueAt = 0

  constructor(api: Api, id: string, follower: Follower, signal: AbortSignal) {
    this.#api = api
    this.#id = id
    this.#follower = follower
    this.#signal = signal
  }

  /** The saga; undefined when the server is away for now, or the watch was interrupted. */
  async read(tick: number): Promise<Answer<Saga> | undefined> {
    const path = `/sagas/${this.#id}`
    try {
      const { value, body } = await this.#api.call({ path, signal: this.#signal }, sagaBody)
      if (this.#failures > 0) this.#follower.found()
      this.#failures = 0
      this.dueAt = tick + (tick < eagerTicks ? 1 : slowTicks)
      // A saga that waits for the cloud looks again and again: the time of its next look is no news.
      const text = JSON.stringify({ ...value, wake_at: null })
      const changed = text !== this.#before
      this.#before = text
      await this.#follower.seen(value, body, changed)
      return { value, body }
    } catch (error) {
      if (this.#signal.aborted) return undefined
      if (this.#before === undefined || !isPassing(error)) throw error
      if (this.#failures === 0) this.#follower.lost(error)
      this.#failures += 1
      this.dueAt = tick + Math.min(longestWaitTicks, 2 ** this.#failures)
      return undefined
    }
  }
}

/** A server that restarts, or a proxy before one. */
function isPassing(error: unknown): error is Error {
  if (error instanceof Unreachable) return true
  return error instanceof ApiProblem && [429, 502, 503, 504].includes(error.status)
}
