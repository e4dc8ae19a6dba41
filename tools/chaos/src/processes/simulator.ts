import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Child } from './child.ts'
import type { FaultInput } from './cloud-faults.ts'

const script = fileURLToPath(
  new URL(
    '../../../../packages/digitalocean-simulator/bin/digitalocean-simulator.js',
    import.meta.url,
  ),
)

const faultList = z.object({
  faults: z.array(z.object({ id: z.string(), kind: z.string(), fired: z.int() })),
})

/** The simulated cloud, in a process of its own. */
export class SimulatorProcess {
  readonly url: string
  readonly #child: Child

  private constructor(url: string, child: Child) {
    this.url = url
    this.#child = child
  }

  static async start(options: {
    readonly resources: number
    readonly seed: number
    readonly speed: number
    readonly logFile: string
  }): Promise<SimulatorProcess> {
    const { resources, seed, speed, logFile } = options
    const args = ['--port', '0', '--no-rate-limits', '--seed', String(resources)]
    const { child, said } = await Child.start({
      script,
      args: [...args, '--random-seed', String(seed), '--speed', String(speed)],
      logFile,
    })
    const url = /https?:\S+/.exec(said)?.[0]
    if (url === undefined) throw new Error(`the simulator gave no address; see ${logFile}`)
    return new SimulatorProcess(url, child)
  }

  async addFault(fault: FaultInput): Promise<void> {
    await this.#control('POST', '/faults', fault)
  }

  /** Removes every fault, and gives how often each kind has struck. */
  async clearFaults(): Promise<ReadonlyMap<string, number>> {
    const { faults } = faultList.parse(await (await this.#control('GET', '/faults')).json())
    await this.#control('DELETE', '/faults')
    const fired = new Map<string, number>()
    for (const fault of faults) fired.set(fault.kind, (fired.get(fault.kind) ?? 0) + fault.fired)
    return fired
  }

  async end(): Promise<void> {
    if (this.#child.isAlive) await this.#child.end('SIGTERM', 5_000)
  }

  async #control(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${this.url}/_simulator${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return response
  }
}
