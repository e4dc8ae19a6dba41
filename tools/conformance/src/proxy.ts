import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { installProxy } from './installation.ts'

const patienceMs = 120_000

/**
 * Prism between a client and the simulator. It passes everything on as it is, and says in a header
 * of the answer (`sl-violations`) what of the request or of the answer is not as described.
 */
export class ValidatingProxy implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(url: string, child: ChildProcess) {
    this.url = url
    this.#child = child
  }

  /**
   * @param spec path of the OpenAPI description
   * @param upstream address of the simulator
   * @throws Error when it ends or does not answer in time; what it said is in the message
   */
  static async start(spec: string, upstream: string): Promise<ValidatingProxy> {
    const program = await installProxy()
    const port = String(await freePort())
    const child = spawn(
      process.execPath,
      [program, 'proxy', spec, upstream, '--host', '127.0.0.1', '--port', port, '-v', 'error'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const proxy = new ValidatingProxy(`http://127.0.0.1:${port}`, child)
    try {
      await proxy.#ready()
      return proxy
    } catch (error) {
      await proxy[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Reading a description of megabytes takes it a quarter of a minute. */
  async #ready(): Promise<void> {
    let said = ''
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000)
    }
    this.#child.stdout?.on('data', hear)
    this.#child.stderr?.on('data', hear)
    const deadline = Date.now() + patienceMs
    while (!(await this.#answers())) {
      if (this.#ended) throw new Error(`the validating proxy ended: ${said}`)
      if (Date.now() > deadline) throw new Error(`the validating proxy does not answer: ${said}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  #answers(): Promise<boolean> {
    return fetch(this.url).then(
      () => true,
      () => false,
    )
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }
}

/** Prism cannot be told to take any port that is free, so one is looked for. */
async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
