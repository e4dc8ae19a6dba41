import type { SimulatorOptions } from '@arcadia-cloud/digitalocean-simulator'

export type FaultInput = NonNullable<SimulatorOptions['faults']>[number]

const writes = { method: 'POST' } as const
const always = { times: 'always' } as const

/** What the cloud does wrong all the time, each so often of 1. */
export const cloudFaults: readonly FaultInput[] = [
  { kind: 'error', status: 503, match: writes, chance: 0.04, ...always },
  { kind: 'error', status: 502, when: 'after', match: writes, chance: 0.04, ...always },
  { kind: 'error', status: 429, headers: { 'retry-after': '1' }, chance: 0.001, ...always },
  { kind: 'error', status: 500, match: { method: 'GET' }, chance: 0.01, ...always },
  {
    kind: 'error',
    status: 502,
    when: 'after',
    match: { method: 'DELETE' },
    chance: 0.03,
    ...always,
  },
  { kind: 'lost', match: writes, chance: 0.04, ...always },
  { kind: 'cut', match: writes, chance: 0.02, ...always },
  { kind: 'refused', chance: 0.01, ...always },
  { kind: 'latency', ms: 300, chance: 0.01, ...always },
  {
    kind: 'errored',
    match: { method: 'POST', path: '/v2/droplets/*/actions' },
    chance: 0.01,
    ...always,
  },
  { kind: 'errored', match: { method: 'POST', path: '/v2/droplets' }, chance: 0.01, ...always },
]
