import { startSimulator } from '@arcadia-cloud/digitalocean-simulator'
import { type Allowance, AllowList } from './allowed.ts'
import { Api, type Made, UnexpectedAnswer } from './api.ts'
import {
  type Attributed,
  attribute,
  type Coverage,
  coverageOf,
  logged,
  served,
} from './coverage.ts'
import { ValidatingProxy } from './proxy.ts'
import type { Scenario } from './scenario.ts'
import { silences } from './silences.ts'

export interface Order {
  /** Path of the OpenAPI description. */
  readonly spec: string
  readonly scenarios: readonly Scenario[]
}

/** What was found. */
export interface Findings {
  readonly coverage: Coverage
  readonly calls: readonly Attributed[]
  /** Violations that nothing allows, and scenarios that did not come to their end; in words. */
  readonly failures: readonly string[]
  readonly unused: readonly Allowance[]
}

/** Walks every scenario through the proxy, each on an account of its own. */
export async function checkConformance({ spec, scenarios }: Order): Promise<Findings> {
  const simulator = await startSimulator({ seed: { resources: 0 }, lagMs: 0, rateLimits: false })
  try {
    await using proxy = await ValidatingProxy.start(spec, simulator.url)
    const control = new Api('', proxy.url, simulator.url, [])
    const { routes } = served.parse(await control.control('GET', '/routes'))
    const calls: Attributed[] = []
    const stopped: string[] = []
    for (const scenario of scenarios) {
      await control.control('POST', '/reset', { resources: 0 })
      const made: Made[] = []
      const end = await walk(scenario, new Api(scenario.name, proxy.url, simulator.url, made))
      if (end !== undefined) stopped.push(`${scenario.name}: ${end}`)
      const log = logged.parse(await control.control('GET', '/requests'))
      calls.push(...attribute(made, log.requests))
    }
    const allowed = new AllowList()
    const failures = [...stopped, ...calls.flatMap((call) => failuresOf(call, allowed))]
    const coverage = coverageOf(
      routes.map(({ method, path }) => `${method} ${path}`),
      calls,
      silences,
    )
    return { coverage, calls, failures, unused: allowed.unused }
  } finally {
    await simulator.close()
  }
}

/** @returns why it stopped before its end */
async function walk(scenario: Scenario, api: Api): Promise<string | undefined> {
  try {
    await scenario.walk(api)
    return undefined
  } catch (error) {
    if (error instanceof UnexpectedAnswer) return error.message
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

function failuresOf(call: Attributed, allowed: AllowList): readonly string[] {
  return call.violations
    .filter((violation) => !allowed.allows(call.route, violation))
    .map(
      ({ where, what }) =>
        `${call.scenario}: ${call.method} ${call.path} (${call.status}): ${where}: ${what}`,
    )
}
