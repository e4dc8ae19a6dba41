import { type Simulator, startSimulator } from '@arcadia-cloud/digitalocean-simulator'
import { z } from 'zod'
import { pick, textOf } from './client.ts'

/** Actions take their time, so that clients have to wait for them; but not that of a reader. */
const speed = 200

/** The token that the clients are given. */
export const theirToken = 'theirs'

const listing = z.looseObject({ meta: z.object({ total: z.number() }) })

/** What a droplet is made from when nobody cares. */
export const plan = { region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

/** A simulator for one test, and what the test does to it without any client. */
export class Cloud implements AsyncDisposable {
  readonly url: string
  readonly #simulator: Simulator
  #asked = 0

  private constructor(simulator: Simulator) {
    this.#simulator = simulator
    this.url = simulator.url
  }

  static async start(): Promise<Cloud> {
    return new Cloud(await startSimulator({ seed: { resources: 0 }, speed, lagMs: 0 }))
  }

  /** @throws Error for what is not a success */
  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      // Not the clients' token: what is done here does not count against its limits.
      headers: { authorization: `Bearer other-${Math.ceil(this.#asked++ / 200)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** Lets simulated time go by. */
  async wait(seconds: number): Promise<void> {
    await this.ask('POST', '/_simulator/clock', { advance_ms: seconds * 1000 })
  }

  /** Droplets that are up, at once. */
  async droplets(count: number, tags: readonly string[] = []): Promise<void> {
    for (let first = 0; first < count; first += 10) {
      const size = Math.min(10, count - first)
      const names = Array.from({ length: size }, (_, index) => `web-${first + index}`)
      await this.ask('POST', '/_simulator/droplets', { names, tags })
    }
  }

  /** Snapshots, each of a droplet of its own. */
  async snapshots(count: number): Promise<void> {
    await this.droplets(count, ['kept'])
    await this.ask('POST', '/v2/droplets/actions?tag_name=kept', { type: 'snapshot', name: 'kept' })
    await this.wait(5)
  }

  /** A droplet that is up. @returns its id */
  async droplet(): Promise<string> {
    const made = await this.ask('POST', '/_simulator/droplets', { name: 'web' })
    return textOf(made, 'droplets.0.id')
  }

  /** How many there are, by the API's own word, or by the list's length where it has no pages. */
  async total(path: string, unpaged: string | undefined): Promise<number> {
    const answer = await this.ask('GET', `${path}?per_page=1`)
    if (unpaged === undefined) return listing.parse(answer).meta.total
    return z.array(z.unknown()).parse(pick(answer, unpaged)).length
  }

  /** Uses up all that the clients' token may ask in a minute. */
  async exhaust(): Promise<void> {
    const headers = { authorization: `Bearer ${theirToken}` }
    for (;;) {
      const { status } = await fetch(`${this.url}/v2/account`, { headers })
      if (status === 429) return
    }
  }

  /** Lets that minute pass. */
  relieve(): Promise<void> {
    return this.wait(61)
  }

  /** Refuses the nth request that matches, as the limit does. @returns the id of the fault */
  async refuse(match: object, headers: object, nth = 1): Promise<string> {
    const body = { id: 'too_many_requests', message: 'API Rate limit exceeded.' }
    const order = { kind: 'error', status: 429, body, headers, match, nth }
    return textOf(await this.ask('POST', '/_simulator/faults', order), 'fault.id')
  }

  /** How often a fault has hit. */
  async fired(fault: string): Promise<number> {
    return Number(textOf(await this.ask('GET', `/_simulator/faults/${fault}`), 'fault.fired'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#simulator.close()
  }
}

/** Does something for each number from 0, one after the other. */
export async function times(
  count: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  for (let index = 0; index < count; index++) await work(index)
}

/** Asks until the answer is yes. @throws Error after ten seconds */
export async function until(question: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error(`it did not come about: ${question}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
