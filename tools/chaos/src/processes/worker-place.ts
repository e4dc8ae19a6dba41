import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child, type Ended } from './child.ts'
import { type ProxyMode, TcpProxy } from './tcp-proxy.ts'
import type { WorkerSettings } from './worker-settings.ts'

const script = fileURLToPath(new URL('../worker.ts', import.meta.url))

/** How long a worker may take from SIGTERM to its end. */
const endMs = 30_000
const restartMs = 500

type State = 'starting' | 'running' | 'stopped' | 'down'

/** A place for a worker process: whenever its process ends another takes its place. */
export class WorkerPlace {
  readonly name: string
  readonly #settings: WorkerSettings
  readonly #logFile: string
  readonly #proxy: TcpProxy
  readonly #onUnexpectedEnd: (what: string) => void
  #child: Child | undefined
  #state: State = 'down'
  #closing = false
  #lives: Promise<void> = Promise.resolve()

  private constructor(
    settings: WorkerSettings,
    proxy: TcpProxy,
    logFile: string,
    onUnexpectedEnd: (what: string) => void,
  ) {
    this.name = settings.name
    this.#settings = settings
    this.#proxy = proxy
    this.#logFile = logFile
    this.#onUnexpectedEnd = onUnexpectedEnd
  }

  static async open(
    settings: Omit<WorkerSettings, 'port' | 'diary'>,
    options: {
      readonly folder: string
      readonly socketPath: string
      /** Told when a worker ends that nobody has killed. */
      readonly onUnexpectedEnd: (what: string) => void
    },
  ): Promise<WorkerPlace> {
    const { folder, socketPath, onUnexpectedEnd } = options
    const proxy = await TcpProxy.open(socketPath)
    const diary = join(folder, `${settings.name}.diary.jsonl`)
    const logFile = join(folder, `${settings.name}.log`)
    const told = { ...settings, port: proxy.port, diary }
    const place = new WorkerPlace(told, proxy, logFile, onUnexpectedEnd)
    await place.#start()
    return place
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** Kills its process; another is started after a while. */
  kill(downMs: number): void {
    const child = this.#child
    this.#state = 'down'
    this.#child = undefined
    child?.kill('SIGKILL')
    this.#lives = this.#startAfter(downMs)
  }

  stop(): void {
    this.#state = 'stopped'
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    if (this.#state !== 'stopped') return
    this.#state = 'running'
    this.#child?.kill('SIGCONT')
  }

  connections(mode: ProxyMode): void {
    this.#proxy.set(mode)
  }

  dropConnections(): void {
    this.#proxy.drop()
  }

  /** Resolves when a process runs here again. */
  async settled(): Promise<void> {
    await this.#lives
  }

  /** Tells it to end, as a deployment would, and closes its place. */
  async end(): Promise<Ended | undefined> {
    this.#closing = true
    await this.#lives
    const ended = await this.#child?.end('SIGTERM', endMs)
    await this.#proxy.close()
    return ended
  }

  /** Ends it without asking. */
  async destroy(): Promise<void> {
    this.#closing = true
    this.#child?.kill('SIGKILL')
    await this.#child?.ended
    await this.#proxy.close()
  }

  async #startAfter(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    // Its database may be away just then: it is tried until it is there, as a supervisor would.
    for (let tries = 0; !this.#closing; tries += 1) {
      try {
        return await this.#start()
      } catch (error) {
        if (tries === mostTries) throw error
        await new Promise((resolve) => setTimeout(resolve, restartMs))
      }
    }
  }

  async #start(): Promise<void> {
    this.#state = 'starting'
    const { child } = await Child.start({
      script,
      args: [JSON.stringify(this.#settings)],
      logFile: this.#logFile,
    })
    if (this.#closing) child.kill('SIGKILL')
    this.#child = child
    this.#state = 'running'
    void child.ended.then(({ code, signal }) => {
      if (this.#child !== child || this.#closing) return
      this.#onUnexpectedEnd(`${this.name} ended by itself, with ${signal ?? code}`)
      this.#state = 'down'
      this.#lives = this.#startAfter(restartMs)
    })
  }
}

/** A minute's worth. */
const mostTries = 60
