import { z } from 'zod'
import { type Clock, type SimulatorOptions, startSimulator } from '../src/index.ts'

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 15, 12)
  #sleepers: { readonly until: number; readonly wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#sleepers.filter((sleeper) => sleeper.until <= this.#now)
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.until > this.#now)
    for (const sleeper of due) sleeper.wake()
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ until: this.#now + ms, wake }))
  }

  get sleeping(): number {
    return this.#sleepers.length
  }
}

export const second = 1_000
export const minute = 60 * second

const droplet = z.looseObject({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  locked: z.boolean(),
  size_slug: z.string(),
  disk: z.number(),
  features: z.array(z.string()),
  tags: z.array(z.string()).optional(),
  snapshot_ids: z.array(z.number()).optional(),
})
const action = z.looseObject({ id: z.number(), status: z.string(), type: z.string() })
const page = {
  links: z.looseObject({ pages: z.record(z.string(), z.string()).optional() }),
  meta: z.object({ total: z.number() }),
}

export const bodies = {
  droplet: z.object({ droplet }),
  droplets: z.object({ droplets: z.array(droplet), ...page }),
  created: z.object({
    droplet,
    links: z.object({
      actions: z.array(z.object({ id: z.number(), rel: z.string(), href: z.string() })),
    }),
  }),
  action: z.object({ action }),
  actions: z.object({ actions: z.array(action), ...page }),
  snapshots: z.object({
    snapshots: z.array(
      z.looseObject({
        id: z.union([z.string(), z.number()]),
        name: z.string(),
        created_at: z.string(),
      }),
    ),
    ...page,
  }),
  tag: z.object({
    tag: z.looseObject({ name: z.string(), resources: z.looseObject({ count: z.number() }) }),
  }),
  fault: z.object({
    fault: z.looseObject({ id: z.string(), held: z.number(), fired: z.number() }),
  }),
  requests: z.object({
    count: z.number(),
    requests: z.array(
      z.looseObject({
        path: z.string(),
        status: z.number().nullable(),
        applied: z.boolean(),
        answered: z.boolean(),
      }),
    ),
  }),
  refusal: z.object({ id: z.string(), message: z.string(), request_id: z.string() }),
}

/** An answer: its status, its headers, its parsed body. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** A simulator of its own for one test, and the calls that tests make. */
export class SimulatedApi implements AsyncDisposable {
  readonly url: string
  readonly clock: ManualClock
  readonly close: () => Promise<void>

  constructor(url: string, clock: ManualClock, close: () => Promise<void>) {
    this.url = url
    this.clock = clock
    this.close = close
  }

  /** Empty, without lags, its clock standing still, unless the test wants otherwise. */
  static async start(
    options: SimulatorOptions = {},
    clock = new ManualClock(),
  ): Promise<SimulatedApi> {
    const simulator = await startSimulator({ lagMs: 0, seed: { resources: 0 }, clock, ...options })
    return new SimulatedApi(simulator.url, clock, simulator.close)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    token: string | null = 'secret',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : `${this.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : parse(text),
    }
  }

  /** A call that must succeed, and its body. */
  async read<T>(schema: z.ZodType<T>, path: string, token?: string): Promise<T> {
    const answer = await this.call('GET', path, undefined, token)
    if (answer.status !== 200)
      throw new Error(`GET ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return schema.parse(answer.body)
  }

  async status(method: string, path: string, body?: unknown): Promise<number> {
    return (await this.call(method, path, body)).status
  }

  async create(changes: object = {}) {
    const answer = await this.call('POST', '/v2/droplets', { ...plan, ...changes })
    return bodies.created.parse(answer.body)
  }

  /** A droplet that is up already. */
  async active(changes: object = {}): Promise<number> {
    const { droplet } = await this.create(changes)
    this.clock.advance(minute)
    return droplet.id
  }

  async droplet(id: number) {
    return (await this.read(bodies.droplet, `/v2/droplets/${id}`)).droplet
  }

  async names(query = ''): Promise<readonly string[]> {
    const { droplets } = await this.read(bodies.droplets, `/v2/droplets${query}`)
    return droplets.map((each) => each.name)
  }

  act(id: number, order: object): Promise<Answer> {
    return this.call('POST', `/v2/droplets/${id}/actions`, order)
  }

  /** An action, and all the time that it takes. */
  async done(id: number, order: object): Promise<number> {
    const answer = await this.act(id, order)
    const begun = bodies.action.parse(answer.body).action
    this.clock.advance(2 * minute)
    return begun.id
  }

  async action(id: number) {
    return (await this.read(bodies.action, `/v2/actions/${id}`)).action
  }

  async fault(order: object): Promise<string> {
    const answer = await this.call('POST', '/_simulator/faults', order)
    return bodies.fault.parse(answer.body).fault.id
  }

  requests(query: string) {
    return this.read(bodies.requests, `/_simulator/requests${query}`)
  }
}

/** What a droplet is made from when a test does not care. */
export const plan = { name: 'web-01', region: 'fra1', size: 's-1vcpu-2gb', image: 'debian-13-x64' }

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
