import type { ChaosOptions } from './options.ts'
import { type PostgresKill, postgresKills } from './processes/postgres.ts'
import { type Random, seededRandom } from './random.ts'

/** What is done to a process or a connection, and when: milliseconds from the beginning. */
export type Fault = { readonly at: number } & (
  | { readonly type: 'kill'; readonly worker: number; readonly downMs: number }
  /** For longer than a lease: a zombie; or for a moment. */
  | { readonly type: 'stop'; readonly worker: number; readonly ms: number }
  | { readonly type: 'postgres'; readonly how: PostgresKill }
  | {
      readonly type: 'cut' | 'stall' | 'mute'
      readonly worker: number
      readonly ms: number
    }
)

/** A saga to be started, and perhaps to be cancelled some time later. */
export interface PlannedSaga {
  readonly key: string
  readonly at: number
  readonly kind: string
  /** Of an ad-hoc run: the steps. */
  readonly steps?: readonly { readonly name: string }[]
  readonly input: Readonly<Record<string, unknown>>
  readonly cancelAfterMs: number | null
}

/** What sagas are about. */
export interface Targets {
  readonly accountId: string
  readonly dropletIds: readonly number[]
  readonly counters: readonly string[]
}

export interface Plan {
  readonly faults: readonly Fault[]
  readonly sagas: readonly PlannedSaga[]
}

/** What is done when, by the seed alone. */
export function planOf(options: ChaosOptions, targets: Targets): Plan {
  return { faults: planFaults(options), sagas: planSagas(options, targets) }
}

/** How many seconds pass between two faults of a type, over all workers. */
const everySeconds = {
  kill: 4,
  zombie: 9,
  pause: 12,
  postgres: 18,
  cut: 7,
  stall: 9,
  mute: 11,
} as const

export function planFaults({ seed, seconds, workers, leaseMs, faults }: ChaosOptions): Fault[] {
  const random = seededRandom(seed)
  const worker = () => random.int(0, workers - 1)
  /** Longer than a lease, or not. */
  const interruption = () =>
    random.chance(0.5) ? random.int(200, leaseMs) : random.int(leaseMs, 3 * leaseMs)
  const spread = (every: number, make: (at: number) => Fault): Fault[] => {
    const count = Math.max(1, Math.round(seconds / every))
    // Not before there is work, and one in each part of the time.
    const part = (seconds * 1_000 - firstFaultMs) / count
    return Array.from({ length: count }, (_, n) =>
      make(firstFaultMs + Math.round(part * n) + random.int(0, Math.floor(part * 0.9))),
    )
  }
  const planned = {
    kills: [
      ...spread(everySeconds.kill, (at) => ({
        at,
        type: 'kill',
        worker: worker(),
        downMs: random.int(0, 1_500),
      })),
    ],
    stops: [
      ...spread(everySeconds.zombie, (at) => ({
        at,
        type: 'stop',
        worker: worker(),
        ms: random.int(leaseMs + 500, 3 * leaseMs + 3_000),
      })),
      ...spread(everySeconds.pause, (at) => ({
        at,
        type: 'stop',
        worker: worker(),
        ms: random.int(50, Math.floor(leaseMs / 2)),
      })),
    ],
    postgres: spread(everySeconds.postgres, (at) => ({
      at,
      type: 'postgres',
      how: random.pick(postgresKills),
    })),
    connections: (['cut', 'stall', 'mute'] as const).flatMap((type) =>
      spread(everySeconds[type], (at) => ({ at, type, worker: worker(), ms: interruption() })),
    ),
  }
  return Object.entries(planned)
    .flatMap(([family, ofFamily]) => (isOn(faults, family) ? ofFamily : []))
    .sort((a, b) => a.at - b.at)
}

const firstFaultMs = 2_000

function isOn(faults: ChaosOptions['faults'], family: string): boolean {
  return Object.entries(faults).some(([name, on]) => name === family && on)
}

const shares = [
  ['snapshot_droplet', 20],
  ['create_droplet', 15],
  ['rename_droplet', 15],
  ['chaos_parallel', 15],
  ['chaos_child', 10],
  ['chaos_locks', 15],
  ['ad_hoc', 10],
] as const
type Kind = (typeof shares)[number][0]
const deck: readonly Kind[] = shares.flatMap(([kind, share]) => Array<Kind>(share).fill(kind))

const cancelledShare = 0.12
const refusedShare = 0.3

export function planSagas(options: ChaosOptions, targets: Targets): PlannedSaga[] {
  const { seed, sagas, seconds, faults } = options
  // Of its own, so that what is started stays the same when faults are switched off.
  const random = seededRandom(seed + 1)
  // The last of them begin when there is a while left for faults to meet them.
  const startsMs = seconds * 900
  return Array.from({ length: sagas }, (_, n) => {
    const planned = planSaga(random.pick(deck), n, random, targets)
    const cancelAfterMs = random.chance(cancelledShare) ? random.int(0, 3_000) : null
    return {
      key: `chaos-${seed}-${n}`,
      at: Math.round((startsMs * n) / sagas),
      ...planned,
      cancelAfterMs: faults.cancels ? cancelAfterMs : null,
    }
  })
}

function planSaga(kind: Kind, n: number, random: Random, targets: Targets) {
  const account_id = targets.accountId
  const droplet_id = random.pick(targets.dropletIds)
  const order = {
    name: `chaos-${n}`,
    region: 'fra1',
    size_slug: 's-1vcpu-1gb',
    image: 'debian-13-x64',
  }
  const refuse = random.chance(refusedShare) ? 'after' : 'never'
  switch (kind) {
    case 'snapshot_droplet':
      return { kind, input: { account_id, droplet_id } }
    case 'create_droplet':
      return { kind, input: { account_id, ...order } }
    case 'rename_droplet':
      return { kind, input: { account_id, droplet_id, name: `renamed-${n}` } }
    case 'chaos_parallel': {
      const where = refuse === 'after' && random.chance(0.5) ? 'beside' : refuse
      return { kind, input: { ...order, labels: random.int(0, 3), refuse: where } }
    }
    case 'chaos_child':
      return { kind, input: { account_id, droplet_id, ...order, refuse } }
    case 'chaos_locks':
      return { kind, input: { keys: severalOf(targets.counters, random), refuse } }
    case 'ad_hoc': {
      const steps = ['create_droplet_snapshot', 'create_droplet', 'fail'].map((name) => ({ name }))
      return { kind, steps, input: { account_id, droplet_id, ...order } }
    }
  }
}

function severalOf(counters: readonly string[], random: Random): readonly string[] {
  const several = Array.from({ length: random.int(1, 3) }, () => random.pick(counters))
  return [...new Set(several)]
}
