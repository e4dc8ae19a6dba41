import { createClient, type DigitalOcean } from '@arcadia-cloud/digitalocean'
import { z } from 'zod'
import { type Violation, violationsOf } from './violations.ts'

/** One call that a scenario made, and what came of it. */
export interface Made {
  readonly scenario: string
  readonly method: string
  readonly path: string
  readonly requestId: string | null
  readonly status: number
  readonly expected: number
  readonly body: unknown
  readonly violations: readonly Violation[]
}

const token = 'conformance'

/**
 * The simulated API as a scenario sees it, through the validating proxy. Every call says which
 * status it expects; what it is answered instead is a failure, and so is every violation.
 */
export class Api {
  readonly #scenario: string
  readonly #proxy: string
  readonly #simulator: string
  readonly #made: Made[]

  /** @param made where calls are written down */
  constructor(scenario: string, proxy: string, simulator: string, made: Made[]) {
    this.#scenario = scenario
    this.#proxy = proxy
    this.#simulator = simulator
    this.#made = made
  }

  get(path: string, status = 200): Promise<unknown> {
    return this.#call('GET', path, undefined, status)
  }

  post(path: string, body: unknown, status: number): Promise<unknown> {
    return this.#call('POST', path, body, status)
  }

  put(path: string, body: unknown, status = 200): Promise<unknown> {
    return this.#call('PUT', path, body, status)
  }

  patch(path: string, body: unknown, status = 200): Promise<unknown> {
    return this.#call('PATCH', path, body, status)
  }

  delete(
    path: string,
    status = 204,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    return this.#call('DELETE', path, body, status, headers)
  }

  /** Lets simulated time go by: what was begun is done after it. */
  async wait(seconds: number): Promise<void> {
    await this.control('POST', '/clock', { advance_ms: seconds * 1000 })
  }

  /** One of the simulator's own routes; these are not described by anybody. */
  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.#simulator}/_simulator${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} /_simulator${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /**
   * Our own client, through the proxy: its requests are held against the description, too. What it
   * makes of an answer is its own affair: it throws.
   */
  client(): DigitalOcean {
    return createClient({
      tokens: { read: token, provisioning: token },
      baseUrl: this.#proxy,
      perMinute: Number.POSITIVE_INFINITY,
      fetch: async (input, init) => {
        const request = new Request(input, init)
        const { pathname, search } = new URL(request.url)
        const answer = await fetch(request)
        await this.#note(request.method, `${pathname}${search}`, answer.clone(), answer.status)
        return answer
      },
    })
  }

  async #call(
    method: string,
    path: string,
    body: unknown,
    expected: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const answer = await fetch(`${this.#proxy}${path}`, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${token}`,
        // Prism takes a body of any other method for one that is missing.
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const made = await this.#note(method, path, answer, expected)
    if (made.status !== expected) throw new UnexpectedAnswer(made)
    return made.body
  }

  async #note(method: string, path: string, answer: Response, expected: number): Promise<Made> {
    const made: Made = {
      scenario: this.#scenario,
      method,
      path,
      requestId: answer.headers.get('x-request-id'),
      status: answer.status,
      expected,
      body: parsed(await answer.text()),
      violations: violationsOf(answer.headers.get('sl-violations')),
    }
    this.#made.push(made)
    return made
  }
}

/** The scenario cannot go on. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'

  constructor({ method, path, status, expected, body }: Made) {
    super(`${method} ${path}: ${status} instead of ${expected}: ${JSON.stringify(body)}`)
  }
}

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const holder = z.looseObject({})

/** Takes what a scenario needs out of an answer, by a dotted path: `droplet.id`, `links.actions.0.id`. */
export function pick(body: unknown, path: string): unknown {
  let found: unknown = body
  for (const name of path.split('.')) {
    found = Array.isArray(found) ? found[Number(name)] : holder.safeParse(found).data?.[name]
  }
  return found
}

/** An id or name in an answer. @throws ZodError when it is not there */
export function idOf(body: unknown, path: string): string {
  return String(z.union([z.string(), z.number()]).parse(pick(body, path)))
}
