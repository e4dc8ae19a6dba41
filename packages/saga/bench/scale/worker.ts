import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order, Report, Setup } from './messages.ts'

type Of<Type extends Report['type']> = Extract<Report, { type: Type }>

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #onCount: (count: Of<'count'>) => void
  count: Of<'count'> = { type: 'count', claimed: 0, takenOver: 0, ended: 0 }

  private constructor(child: ChildProcess, onCount: (count: Of<'count'>) => void) {
    this.#child = child
    this.#onCount = onCount
    child.on('message', (report: Report) => {
      if (report.type !== 'count') return
      this.count = report
      this.#onCount(report)
    })
  }

  /** Resolves when it is ready to start. */
  static async spawn(
    setup: Partial<Setup> & Pick<Setup, 'config'>,
    onCount: (count: Of<'count'>) => void = () => {},
  ): Promise<WorkerProcess> {
    const all: Setup = { concurrency: 50, hangs: false, busyMs: 0, ...setup }
    const child = fork(fileURLToPath(new URL('worker-process.ts', import.meta.url)), {
      execArgv: ['--expose-gc', '--conditions=@arcadia-cloud/source'],
      env: { ...process.env, SCALE_SETUP: JSON.stringify(all) },
    })
    const worker = new WorkerProcess(child, onCount)
    await worker.#next('ready')
    return worker
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN
  }

  tell(order: Order): void {
    this.#child.send(order)
  }

  async measure(): Promise<Of<'measured'>> {
    const answer = this.#next('measured')
    this.tell('measure')
    return answer
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.tell('stop')
    await gone
  }

  /** As a machine that loses its power does. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  #next<Type extends Report['type']>(type: Type): Promise<Of<Type>> {
    return new Promise((resolve, reject) => {
      const hear = (report: Report) => {
        if (!isOf(report, type)) return
        this.#child.off('message', hear)
        this.#child.off('exit', fail)
        resolve(report)
      }
      const fail = () => reject(new Error('the worker process ended; what it wrote says why'))
      this.#child.on('message', hear)
      this.#child.once('exit', fail)
    })
  }
}

function isOf<Type extends Report['type']>(report: Report, type: Type): report is Of<Type> {
  return report.type === type
}
