import { setImmediate } from 'node:timers/promises'
import type { InterruptionReason, Output, Terminal } from '../terminal.ts'

export interface FakeTerminalOptions {
  /** Columns of the terminal; absent: both outputs are pipes. */
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** What a person answers to a question, in order; none: there is nobody. */
  readonly answers?: readonly string[]
  /** Called whenever the command has slept; time stands still otherwise. */
  readonly onSleep?: (terminal: FakeTerminal) => void
}

/** When all tests happen. */
export const testNow = Date.parse('2026-03-01T12:00:00.000Z')

/** A terminal that remembers what was written, on a clock that only sleeping moves. */
export class FakeTerminal implements Terminal {
  stdout = ''
  stderr = ''
  /** What was asked. */
  readonly questions: string[] = []
  /** What the live area has shown, one after the other. */
  readonly frames: string[][] = []
  readonly out: Output
  readonly err: Output
  readonly env: Readonly<Record<string, string>>
  #now = testNow
  readonly #options: FakeTerminalOptions
  readonly #answers: string[]
  #interruption = new AbortController()

  constructor(options: FakeTerminalOptions = {}) {
    const { columns, env = {}, answers = [] } = options
    this.#options = options
    this.#answers = [...answers]
    this.env = env
    const place = { isTTY: columns !== undefined, columns }
    this.out = {
      ...place,
      write: (text) => {
        this.stdout += text
      },
    }
    this.err = {
      ...place,
      write: (text) => {
        this.stderr += text
      },
    }
  }

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    this.#now += ms
    this.#options.onSleep?.(this)
    await setImmediate()
  }

  liveArea() {
    return { show: (lines: readonly string[]) => void this.frames.push([...lines]), done() {} }
  }

  async readInput(): Promise<string> {
    return this.#options.input ?? ''
  }

  async ask(question: string): Promise<string | undefined> {
    if (this.#answers.length === 0) return undefined
    this.questions.push(question)
    return this.#answers.shift()
  }

  interruption() {
    this.#interruption = new AbortController()
    return { signal: this.#interruption.signal, [Symbol.dispose]() {} }
  }

  /** Ctrl-C, or SIGTERM. */
  interrupt(reason: InterruptionReason = 'SIGINT'): void {
    this.#interruption.abort(reason)
  }
}
