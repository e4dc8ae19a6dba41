import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '../src/http/testing/until.ts'

const command = fileURLToPath(new URL('../bin/arcadia.js', import.meta.url))

/** `arcadia serve`, `arcadia worker` …: the real command, in a process group of its own. */
export interface Program {
  readonly process: ChildProcess
  /** What it has told people so far. */
  told(): string
  /** What it has logged so far. */
  logged(): string
  /** Everything it wrote, both streams. */
  output(): string
  hasEnded(): boolean
  /** Its exit code, once it has ended by itself or was ended. */
  readonly ended: Promise<number | null>
  /** Sends a signal to its whole group, as a terminal does, and waits for its end. Its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** Kills every process of it at once, with no chance to tidy up. */
  kill(): Promise<void>
  /** Asks it alone to stop, by SIGTERM if left out, as a service manager would. Its exit code. */
  stop(signal?: 'SIGINT' | 'SIGTERM'): Promise<number | null>
}

/** Starts the command; the environment of the tests is not passed on, but for PATH and HOME. */
export function startProgram(args: readonly string[], env: Record<string, string>): Program {
  const child = spawn(process.execPath, [command, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
  })
  const told: string[] = []
  const logged: string[] = []
  const all: string[] = []
  const keep = (stream: string[], chunk: unknown) => {
    stream.push(String(chunk))
    all.push(String(chunk))
  }
  child.stdout.on('data', (chunk) => keep(told, chunk))
  child.stderr.on('data', (chunk) => keep(logged, chunk))
  const exited = once(child, 'exit')
  const { pid } = child
  if (pid === undefined) throw new Error('the command could not be started')
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const send = async (signal: NodeJS.Signals, target: number) => {
    if (!hasEnded()) process.kill(target, signal)
    await exited
    return child.exitCode
  }
  return {
    process: child,
    told: () => told.join(''),
    logged: () => logged.join(''),
    output: () => all.join(''),
    hasEnded,
    ended: exited.then(() => child.exitCode),
    end: (signal) => send(signal, -pid),
    kill: async () => void (await send('SIGKILL', -pid)),
    stop: (signal = 'SIGTERM') => send(signal, pid),
  }
}

/** A served control plane, and a way to speak to it. */
export interface Served extends Program {
  readonly url: string
  readonly simulatorUrl: string
  get<Body>(path: string): Promise<Body>
  post<Body>(path: string, body?: unknown): Promise<{ status: number; body: Body }>
}

const adminToken = 'arc_test-token-of-the-administrator-0123456789'

export interface ServeOptions {
  readonly dataDir: string
  readonly ports: Ports
  readonly env?: Record<string, string>
}

export interface Ports {
  readonly api: number
  readonly simulator: number
}

/** A data folder of its own, which the database's unprivileged user can reach when root tests. */
export async function temporaryDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'arcadia-'))
  await chmod(folder, 0o711)
  return folder
}

/** Two ports that are free now; kept over restarts, as a user's would be. */
export async function freePorts(): Promise<Ports> {
  return { api: await freePort(), simulator: await freePort() }
}

/** Below those that systems give to outgoing connections, one of which could take it meanwhile. */
async function freePort(): Promise<number> {
  const port = randomInt(20_000, 32_000)
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    // Taken: another then.
    return freePort()
  }
  server.close()
  await once(server, 'close')
  return port
}

/** `arcadia serve` in a data folder, once it is ready. */
export async function serve({ dataDir, ports, env = {} }: ServeOptions): Promise<Served> {
  const program = startProgram(['serve'], {
    DATA_DIR: dataDir,
    PORT: String(ports.api),
    SIMULATOR_PORT: String(ports.simulator),
    ARCADIA_ADMIN_TOKEN: adminToken,
    ...env,
  })
  const url = `http://127.0.0.1:${ports.api}`
  try {
    await until(
      'the program runs',
      () => ({ output: program.output(), exited: program.hasEnded() }),
      ({ output, exited }) => exited || isRunning(output),
      { timeoutMs: 60_000 },
    )
    if (!isRunning(program.output())) throw new Error('it has ended')
  } catch (error) {
    await program.kill()
    throw new Error(`the program does not run:\n${program.output()}`, { cause: error })
  }
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  return {
    ...program,
    url,
    simulatorUrl: `http://127.0.0.1:${ports.simulator}`,
    async get<Body>(path: string) {
      const response = await fetch(`${url}${path}`, { headers })
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as Body
    },
    async post<Body>(path: string, body: unknown = {}) {
      const request = { method: 'POST', headers, body: JSON.stringify(body) }
      const response = await fetch(`${url}${path}`, request)
      return { status: response.status, body: (await response.json()) as Body }
    },
  }
}

function isRunning(output: string): boolean {
  return output.includes(' is running.')
}

export interface SagaBody {
  readonly id: string
  readonly tag: string
  readonly status: string
  readonly error: unknown
  readonly cancel_requested: boolean
  readonly context: Record<string, unknown>
  readonly steps: readonly {
    readonly name: string
    readonly status: string
    readonly attempts: number
    readonly receipt: unknown
    readonly error: unknown
  }[]
}

export interface ResourceBody {
  readonly id: string
  readonly external_id: string
  readonly name: string
  readonly status: string
}

const endings = ['completed', 'rolled_back', 'failed', 'parked']

/** Polls a saga until it has ended, or needs somebody. */
export function ended(program: Pick<Served, 'get'>, id: string): Promise<SagaBody> {
  return until(
    `saga ${id} ends`,
    () => program.get<SagaBody>(`/api/v1/sagas/${id}`),
    ({ status }) => endings.includes(status),
    { timeoutMs: 60_000 },
  )
}
