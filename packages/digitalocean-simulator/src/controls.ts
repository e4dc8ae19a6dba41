import { z } from 'zod'
import type { FaultInput } from './faults/fault.ts'
import type { TokenGrant } from './http/access.ts'
import type { LoggedRequest } from './http/request-log.ts'
import type { Speed } from './time.ts'

/** What the simulator says of a fault. */
export interface FaultState {
  readonly id: string
  /** How many requests it was for. */
  readonly matched: number
  /** How many of those it has hit. */
  readonly fired: number
  /** How many it holds, or has stalled, now. */
  readonly held: number
  /** The actions whose end it decided. */
  readonly actions: readonly number[]
}

/** A fault that was added. */
export interface AddedFault {
  readonly id: string
  state(): Promise<FaultState>
  /** Resolves when it has hit; one that holds or stalls, when a request is held. */
  reached(): Promise<FaultState>
  /**
   * Lets held requests go on, and stuck actions complete.
   * @param outcome `drop` closes the connections of held requests instead
   * @returns how many of both
   */
  release(outcome?: 'continue' | 'drop'): Promise<number>
  remove(): Promise<void>
}

/** What of a droplet can be changed behind a client's back. */
export interface DropletChange {
  readonly name?: string
  readonly size_slug?: string
  /** In GB. */
  readonly disk?: number
  readonly tags?: readonly string[]
  readonly status?: 'new' | 'active' | 'off' | 'archive'
  readonly ipv6?: boolean
  readonly monitoring?: boolean
}

/** What the API answered to a request that nobody made. */
export interface ApiAnswer {
  readonly status: number
  /** JSON as what it says, anything else as text; null when there is nothing. */
  readonly body: unknown
}

/** The simulator refused what it was told, or is not there; the message says what and why. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly code = 'CONTROL'
}

const faultState = z.object({
  id: z.string(),
  matched: z.number(),
  fired: z.number(),
  held: z.number(),
  actions: z.array(z.number()),
})
const oneFault = z.object({ fault: faultState })
const faultList = z.object({ faults: z.array(z.looseObject(faultState.shape)) })
const loggedRequest: z.ZodType<LoggedRequest> = z.object({
  id: z.number(),
  request_id: z.string().nullable(),
  time: z.string(),
  method: z.string(),
  path: z.string(),
  query: z.string(),
  route: z.string().nullable(),
  status: z.number().nullable(),
  applied: z.boolean(),
  answered: z.boolean(),
  simulated: z.boolean(),
  faults: z.array(z.string()),
})
const log = z.object({ count: z.number(), total: z.number(), requests: z.array(loggedRequest) })
const droplets = z.object({ droplets: z.array(z.looseObject({ id: z.number() })) })
const apiAnswer = z.object({ status: z.number(), body: z.unknown() })
const refusal = z.object({ message: z.string() })

/** A running simulator's controls: faults, the log, changes behind a client's back, its time. */
export class Controls {
  readonly #url: string
  readonly #fetch: typeof globalThis.fetch

  /**
   * @param url the simulator's address
   * @param fetch that of `openSimulator`, for one that listens nowhere
   */
  constructor(url: string, fetch: typeof globalThis.fetch = globalThis.fetch) {
    this.#url = url
    this.#fetch = fetch
  }

  /** @throws ControlError naming the field that is wrong */
  async addFault(order: FaultInput): Promise<AddedFault> {
    const { id } = oneFault.parse(await this.control('POST', '/faults', order)).fault
    const path = `/faults/${id}`
    const state = async (of: string) => oneFault.parse(await this.control('GET', of)).fault
    return {
      id,
      state: () => state(path),
      reached: () => state(`${path}/reached`),
      release: async (outcome = 'continue') => {
        const released = await this.control('POST', `${path}/release`, { outcome })
        return z.object({ released: z.number() }).parse(released).released
      },
      remove: async () => void (await this.control('DELETE', path)),
    }
  }

  /** All faults there are, each with what was asked of it. */
  async faults(): Promise<readonly FaultState[]> {
    return faultList.parse(await this.control('GET', '/faults')).faults
  }

  /** Removes every fault, and lets go what they hold. */
  async clearFaults(): Promise<void> {
    await this.control('DELETE', '/faults')
  }

  /** The API requests that came in, oldest first; `path` may hold `*` and `**`. */
  async requests(filter: { method?: string; path?: string } = {}) {
    const query = new URLSearchParams(Object.entries(filter))
    return log.parse(await this.control('GET', `/requests?${query}`))
  }

  /**
   * Any request to the API, behind a client's back: without token, rate limit, faults and log. It
   * does what it would do for another client, refusals and all, and takes as long.
   * @param path from `/v2/` on, with its query
   * @throws ControlError for a method or a path that no request can have
   */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> {
    return apiAnswer.parse(await this.control('POST', '/calls', { method, path, body, headers }))
  }

  /** Creates droplets, at once and by nobody: the body of `POST /v2/droplets`. @returns their ids */
  async createDroplets(body: object): Promise<readonly number[]> {
    const made = droplets.parse(await this.control('POST', '/droplets', body))
    return made.droplets.map(({ id }) => id)
  }

  async changeDroplet(id: number, change: DropletChange): Promise<void> {
    await this.control('POST', `/droplets/${id}`, change)
  }

  async deleteDroplet(id: number): Promise<void> {
    await this.control('DELETE', `/droplets/${id}`)
  }

  async endAction(id: number, status: 'completed' | 'errored'): Promise<void> {
    await this.control('POST', `/actions/${id}`, { status })
  }

  /** Moves simulated time forward. */
  async advance(ms: number): Promise<void> {
    await this.control('POST', '/clock', { advance_ms: ms })
  }

  /** Changes how many times faster than the real cloud actions run, and lags pass. */
  async setSpeed(speed: Speed): Promise<void> {
    await this.control('POST', '/clock', { speed })
  }

  /** Declares all tokens there are; null makes every token good again. */
  async declareTokens(tokens: readonly TokenGrant[] | null): Promise<void> {
    await this.control('POST', '/tokens', { tokens })
  }

  /** Back to the start. @param resources of another fleet */
  async reset(resources?: number): Promise<void> {
    await this.control('POST', '/reset', resources === undefined ? {} : { resources })
  }

  /**
   * Any control route, as the README has them.
   * @param path such as `/state`
   * @throws ControlError when it is refused, or the simulator is not there
   */
  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const request = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const answer = await this.#fetch(`${this.#url}/_simulator${path}`, request).catch((cause) => {
      throw new ControlError(`there is no simulator at ${this.#url}`, { cause })
    })
    const text = await answer.text()
    const said: unknown = text === '' ? undefined : JSON.parse(text)
    if (answer.ok) return said
    throw new ControlError(refusal.safeParse(said).data?.message ?? `it answered ${answer.status}`)
  }
}
