import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { createLogUpdate } from 'log-update'
import { exitCodes } from './exit-codes.ts'

/** Where text goes. */
export interface Output {
  write(text: string): void
  readonly isTTY: boolean
  /** Of the terminal; undefined where lines may be of any length. */
  readonly columns: number | undefined
}

/** A part of the screen that is drawn anew. */
export interface LiveArea {
  show(lines: readonly string[]): void
  /** Leaves what was shown last. */
  done(): void
}

/** From its making to its disposal, Ctrl-C and SIGTERM abort its signal instead of the program. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

/** Everything that a command sees of the world but the network and files. */
export interface Terminal {
  readonly out: Output
  readonly err: Output
  readonly env: Readonly<Record<string, string | undefined>>
  now(): number
  /** Ends early, without an error, when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  liveArea(): LiveArea
  /** All of standard input. */
  readInput(): Promise<string>
  /** What a person answers; undefined when there is none to ask, or none who answers. */
  ask(question: string): Promise<string | undefined>
  interruption(): Interruption
}

/** The reason of an interruption's signal. */
export type InterruptionReason = 'SIGINT' | 'SIGTERM'

/** The terminal, or the pipes, that this process was given. */
export function processTerminal(): Terminal {
  process.stdout.on('error', leaveOnBrokenPipe)
  process.stderr.on('error', leaveOnBrokenPipe)
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    env: process.env,
    now: Date.now,
    sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
    liveArea,
    readInput: () => text(process.stdin),
    ask,
    interruption,
  }
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    get isTTY() {
      return stream.isTTY === true
    },
    get columns() {
      return stream.isTTY === true ? stream.columns : undefined
    },
  }
}

/** The reader has seen enough (`| head`): end as other programs do, by SIGPIPE's code. */
function leaveOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(141)
}

function liveArea(): LiveArea {
  const update = createLogUpdate(process.stdout)
  return { show: (lines) => update(lines.join('\n')), done: () => update.done() }
}

async function ask(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined
  const dialog = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new AbortController()
  dialog.once('close', () => closed.abort())
  dialog.once('SIGINT', () => {
    process.stderr.write('\n')
    process.exit(exitCodes.interrupted)
  })
  try {
    return await dialog.question(question, { signal: closed.signal })
  } catch (error) {
    // Ctrl-D: the person has gone.
    if (closed.signal.aborted) return undefined
    throw error
  } finally {
    dialog.close()
  }
}

/**
 * A second signal ends the program at once. The listener stays until the end: what log-update puts
 * beside it would end the program at the first signal, if it were alone.
 */
function interruption(): Interruption {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    controller.abort(name)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
