import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const reply = z.looseObject({ id: z.number() })
type Reply = z.infer<typeof reply>

/** A program that takes requests as lines of JSON, and answers each by its `id`. */
export class LineProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<Reply>>()
  #count = 0
  #said = ''

  constructor(program: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(program, args, {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    if (this.#child.stdout) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line))
    }
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-2_000)
    })
    this.#child.once('error', (error) => this.#fail(error))
    this.#child.once('exit', () => this.#fail(new Error(`${program} ended: ${this.#said}`)))
  }

  ask(request: object): Promise<Reply> {
    this.#count += 1
    const answer = Promise.withResolvers<Reply>()
    this.#waiting.set(this.#count, answer)
    this.tell({ ...request, id: this.#count })
    return answer.promise
  }

  /** Without an answer. */
  tell(request: object): void {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
  }

  #hear(line: string): void {
    const heard = reply.safeParse(JSON.parse(line)).data
    if (heard === undefined) return
    this.#waiting.get(heard.id)?.resolve(heard)
    this.#waiting.delete(heard.id)
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }
}
