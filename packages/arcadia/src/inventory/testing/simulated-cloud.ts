import { createClient, type DigitalOcean } from '@arcadia-cloud/digitalocean'
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '@arcadia-cloud/digitalocean-simulator'

/** A simulated DigitalOcean, its client, and its controls. */
export interface SimulatedCloud {
  readonly simulator: Simulator
  readonly client: DigitalOcean
  /** Calls a control route, e.g. `POST`, `/droplets/7`; gives the answer's JSON. */
  control(method: string, path: string, body?: object): Promise<unknown>
  /** Requests the API was asked, by method and path pattern. */
  requests(method: string, path: string): Promise<readonly { readonly query: string }[]>
  close(): Promise<void>
}

/** Starts one without limits and lags, unless `options` say otherwise. */
export async function simulatedCloud(options: SimulatorOptions = {}): Promise<SimulatedCloud> {
  const simulator = await startSimulator({
    seed: { resources: 0 },
    speed: 10_000,
    lagMs: 0,
    rateLimits: false,
    ...options,
  })
  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${simulator.url}/_simulator${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return response.status === 204 ? undefined : response.json()
  }
  return {
    simulator,
    control,
    client: clientOf(simulator.url, 'token'),
    requests: async (method, path) => {
      const query = new URLSearchParams({ method, path })
      const found = await control('GET', `/requests?${query}`)
      return requestsIn(found)
    },
    close: () => simulator.close(),
  }
}

/** A client that repeats nothing and waits for nothing. */
export function clientOf(baseUrl: string, token: string): DigitalOcean {
  return createClient({
    tokens: { read: token, provisioning: token },
    baseUrl,
    perMinute: Number.POSITIVE_INFINITY,
    retries: { attempts: 1 },
  })
}

function requestsIn(answer: unknown): readonly { readonly query: string }[] {
  if (typeof answer !== 'object' || answer === null || !('requests' in answer)) return []
  return Array.isArray(answer.requests) ? answer.requests : []
}
