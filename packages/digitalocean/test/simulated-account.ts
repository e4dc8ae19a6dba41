import { openSimulator } from '@arcadia-cloud/digitalocean-simulator'
import { onTestFinished } from 'vitest'
import type { DigitalOcean } from '../src/index.ts'
import { clientOf } from './client.ts'

/** An account of the simulator, whose time a test moves, and a client of it. */
export interface SimulatedAccount {
  readonly client: DigitalOcean
  advance(ms: number): void
}

/** Empty, without lags; closed with the test that opened it. */
export async function simulatedAccount(): Promise<SimulatedAccount> {
  let now = Date.UTC(2026, 0, 15, 12)
  const simulator = await openSimulator({
    seed: { resources: 0 },
    lagMs: 0,
    clock: { now: () => now },
  })
  onTestFinished(() => simulator.close())
  return {
    client: clientOf({ url: 'http://simulated.invalid' }, { fetch: simulator.fetch }),
    advance: (ms) => {
      now += ms
    },
  }
}
