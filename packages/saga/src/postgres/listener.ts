import { randomUUID } from 'node:crypto'
import type { ClientBase } from 'pg'
import type { Log } from '../core/log.ts'
import type { Clock } from '../engine/clock.ts'

/** How long to wait before a lost connection is made again. Polling goes on meanwhile. */
const reconnectMs = 1_000
/** How long a ping may take to be heard. */
const heardMs = 5_000
/** Between two pings: a connection can die without a word, and a deaf one may come to hear. */
const pingEveryMs = 60_000

/** A connection to listen on, and how to be rid of it. */
export interface Line {
  readonly client: ClientBase
  close(): Promise<void>
}

export interface ListenerOptions {
  readonly open: () => Promise<Line>
  /** Sends a notification on `saga_ping`, the way that hints are sent. */
  readonly ping: (payload: string) => Promise<unknown>
  /** Called back on every hint, with the run it is about where it is about one. */
  readonly callback: (runId: string | undefined) => void
  readonly clock: Clock
  readonly log: Log
  /** For people: what to look at when hints do not arrive. */
  readonly advice: string
}

/**
 * Listens for hints that there is work. A lost connection is made again; what was missed meanwhile,
 * polling finds. That hints arrive is not believed but tried, by pings that have to be heard; where
 * they are not, the log says so, once until they are.
 */
export class Listener {
  readonly #options: ListenerOptions
  readonly #payload = randomUUID()
  #line: Line | undefined
  #stopped = false
  #warned = false
  #heard = () => {}
  #cancelTimer = () => {}

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** Resolves when a first connection listens, or could not be made and will be tried again. */
  async start(): Promise<void> {
    let line: Line
    try {
      line = await this.#options.open()
    } catch (error) {
      this.#warn('no connection to listen on could be made', error)
      return this.#later(reconnectMs, () => this.start())
    }
    // Told to stop while it was being opened.
    if (this.#stopped) return line.close()
    this.#line = line
    this.#attend(line)
    try {
      await line.client.query('listen saga_ping')
      await line.client.query('listen saga_wake')
    } catch (error) {
      this.#warn('LISTEN was refused', error)
      return this.#lose(line, reconnectMs)
    }
    void this.#verify(line)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    const line = this.#line
    this.#line = undefined
    await line?.close()
  }

  #attend(line: Line): void {
    line.client.on('notification', ({ channel, payload = '' }) => {
      if (channel === 'saga_wake') this.#options.callback(payload === '' ? undefined : payload)
      else if (payload === this.#payload) this.#heard()
    })
    line.client.on('error', () => this.#lose(line, reconnectMs))
    line.client.on('end', () => this.#lose(line, reconnectMs))
  }

  /** Pings itself, now and ever again, as long as it is heard. */
  async #verify(line: Line): Promise<void> {
    const { ping, clock, log } = this.#options
    const heard = Promise.withResolvers<boolean>()
    this.#heard = () => heard.resolve(true)
    try {
      await ping(this.#payload)
    } catch {
      // It never left: the database does not answer, which says nothing about what is heard.
      return this.#lose(line, reconnectMs)
    }
    if (this.#line !== line) return
    this.#cancelTimer = clock.after(heardMs, () => heard.resolve(false))
    const arrived = await heard.promise
    if (this.#line !== line) return
    if (!arrived) {
      this.#warn('a notification was sent and not heard')
      return this.#lose(line, pingEveryMs)
    }
    if (this.#warned) log.info({}, 'hints that there is work arrive again')
    this.#warned = false
    this.#later(pingEveryMs, () => this.#verify(line))
  }

  #lose(line: Line, retryMs: number): void {
    if (this.#line !== line) return
    this.#line = undefined
    void line.close()
    this.#later(retryMs, () => this.start())
  }

  /** Of an error no more than its code: its text may have what a URL has. */
  #warn(what: string, error?: unknown): void {
    if (this.#warned || this.#stopped) return
    this.#warned = true
    const { log, advice } = this.#options
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    log.warn(
      code === undefined ? {} : { code },
      `hints that there is work do not arrive (${what}): work is found by polling, a little later; ${advice}`,
    )
  }

  #later(ms: number, work: () => Promise<void>): void {
    this.#cancelTimer()
    if (!this.#stopped) this.#cancelTimer = this.#options.clock.after(ms, () => void work())
  }
}
