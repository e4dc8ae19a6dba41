import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

/** Every process that this one has started and that has not ended. */
const living = new Set<ChildProcess>()

/** Ends all of them at once, the stopped ones too; for the moment before this process ends. */
export function killAll(): void {
  for (const child of living) child.kill('SIGKILL')
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program of ours in a process of its own, whose errors go to a file. */
export class Child {
  readonly #child: ChildProcess
  readonly ended: Promise<Ended>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        living.delete(child)
        resolve({ code, signal })
      })
    })
  }

  /**
   * Starts it; resolves with what it first says.
   * @throws Error when it ends, or says nothing, before that
   */
  static async start({
    script,
    args,
    logFile,
    timeoutMs = 30_000,
  }: {
    readonly script: string
    readonly args: readonly string[]
    readonly logFile: string
    readonly timeoutMs?: number
  }): Promise<{ readonly child: Child; readonly said: string }> {
    const log = openSync(logFile, 'a')
    // The channel is how it learns that this process is no more.
    const spawned = spawn(
      process.execPath,
      ['--conditions=@arcadia-cloud/source', script, ...args],
      { stdio: ['ignore', 'pipe', log, 'ipc'] },
    )
    closeSync(log)
    living.add(spawned)
    const child = new Child(spawned)
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const { stdout } = spawned
      if (stdout === null) throw new Error('it has no output')
      stdout.setEncoding('utf8')
      const said = await Promise.race([
        once(stdout, 'data', { signal: timeout }),
        child.ended.then(({ code, signal }) => {
          throw new Error(`it ended with ${signal ?? code}`)
        }),
      ])
      stdout.resume()
      return { child, said: String(said[0]) }
    } catch (cause) {
      spawned.kill('SIGKILL')
      throw new Error(`${script} did not start; see ${logFile}`, { cause })
    }
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN
  }

  get isAlive(): boolean {
    return living.has(this.#child)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Asks it to end, and makes it when it takes too long: then `signal` of the answer is SIGKILL. */
  async end(signal: NodeJS.Signals, timeoutMs: number): Promise<Ended> {
    this.kill(signal)
    const insist = setTimeout(() => this.kill('SIGKILL'), timeoutMs)
    try {
      return await this.ended
    } finally {
      clearTimeout(insist)
    }
  }
}
