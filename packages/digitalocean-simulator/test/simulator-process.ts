import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../bin/digitalocean-simulator.js', import.meta.url))

/** The command as its users run it, in a process of its own. */
export class SimulatorProcess implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess

  constructor(url: string, child: ChildProcess) {
    this.url = url
    this.#child = child
  }

  static async start(...options: readonly string[]): Promise<SimulatorProcess> {
    const child = spawn(process.execPath, [command, '--port', '0', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /https?:\S+/.exec(line)?.[0]
      if (url !== undefined) return new SimulatorProcess(url, child)
    }
    throw new Error('the simulator ended without an address')
  }

  /** Ends it, and says how it ended. */
  async end(signal: NodeJS.Signals): Promise<{ readonly code: number | null }> {
    const exit = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exit
    return { code: this.#child.exitCode }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.end('SIGKILL')
  }
}

/** Runs the command to its end. */
export async function runCommand(...options: readonly string[]) {
  const child = spawn(process.execPath, [command, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  await once(child, 'close')
  return { code: child.exitCode, output, errors }
}
