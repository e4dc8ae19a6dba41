import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { eventually } from './waiting.ts'

const command = fileURLToPath(new URL('../bin/arcadia.js', import.meta.url))

/** `arcadia serve`, `arcadia worker` …: the real command, in a process group of its own. */
export interface Program {
  readonly process: ChildProcess
  /** Everything it wrote, both streams. */
  output(): string
  /** Kills every process of it at once, with no chance to tidy up. */
  kill(): Promise<void>
  /** Asks it to stop, as Ctrl-C or a service manager would. Gives its exit code. */
  stop(signal?: 'SIGINT' | 'SIGTERM'): Promise<number | null>
}

/** Starts the command; the environment of the tests is not passed on, but for PATH. */
export function startProgram(args: readonly string[], env: Record<string, string>): Program {
  const child = spawn(process.execPath, [command, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    output += String(chunk)
  })
  const exited = once(child, 'exit')
  const signal = (name: NodeJS.Signals, pid: number | undefined) => {
    if (child.exitCode !== null || child.signalCode !== null || pid === undefined) return
    process.kill(pid, name)
  }
  return {
    process: child,
    output: () => output,
    async kill() {
      signal('SIGKILL', child.pid === undefined ? undefined : -child.pid)
      await exited
    },
    async stop(name = 'SIGTERM') {
      signal(name, child.pid)
      await exited
      return child.exitCode
    },
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

/** Two ports that are free now; kept over restarts, as a user's would be. */
export async function freePorts(): Promise<Ports> {
  const [api, simulator] = await Promise.all([freePort(), freePort()])
  return { api, simulator }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
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
    await eventually('the program runs', program.output, isRunning, { timeoutMs: 60_000 })
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
  return eventually(
    `saga ${id} ends`,
    () => program.get<SagaBody>(`/api/v1/sagas/${id}`),
    ({ status }) => endings.includes(status),
    { timeoutMs: 60_000 },
  )
}
