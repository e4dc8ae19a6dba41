import type { SagaDefinition } from '@arcadia-cloud/saga'
import { postgresStore } from '@arcadia-cloud/saga/postgres'
import { crashMatrix, simulatedClock } from '@arcadia-cloud/saga/testing'
import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { preparedPool } from '../../saga/test/prepared-pool.ts'
import { migratedDatabase } from '../src/database/testing/control-plane.ts'
import { recordObservation } from '../src/inventory/index.ts'
import { recordProvisioned } from '../src/provisioning/index.ts'
import { classify } from '../src/serve/classify.ts'
import { shippedSagas, shippedSteps } from '../src/serve/shipped.ts'
import { type ArcadiaWorld, arcadiaWorld, depsOver } from './matrix-world.ts'
import { changesIn, thingsIn } from './standing.ts'

/** What is in the world of a saga, and what it is started with. */
interface Scenario {
  /** Gives the input. */
  readonly prepare: (world: ArcadiaWorld) => Promise<object>
}

/** A droplet that the control plane has made, as far as it can tell; its id. */
async function droplet(world: ArcadiaWorld, settings: object = {}): Promise<number> {
  const { control, cloud, db, later } = world.behind()
  await control('/droplets', { name: 'web-1', ...settings })
  const [raw] = await later(() => Array.fromAsync(cloud.droplets.list()))
  if (raw === undefined) throw new Error('no droplet was made')
  const observedAt = new Date(world.clock.now())
  const { resourceId } = await recordObservation(db, {
    ...{ accountId: world.account.id, kind: 'droplet', raw, observedAt },
  })
  const spec = { name: raw.name, size_slug: raw.size_slug, region: raw.region.slug }
  await recordProvisioned(db, { resourceId, spec, source: 'operator' })
  return raw.id
}

const ofDroplet =
  (input: object = {}, settings: object = {}) =>
  async (world: ArcadiaWorld) => ({
    account_id: world.account.id,
    droplet_id: await droplet(world, settings),
    ...input,
  })

/** One that was changed behind the control plane's back. */
async function ofDrifted(world: ArcadiaWorld): Promise<object> {
  const id = await droplet(world)
  await world.behind().control(`/droplets/${id}`, { name: 'rogue-1' })
  return { account_id: world.account.id }
}

const scenarios: Readonly<Record<string, Scenario>> = {
  snapshot_droplet: { prepare: ofDroplet() },
  create_droplet: {
    prepare: async (world) => {
      // Tags are everybody's: one that comes with an order is not taken back, and so is there before.
      await droplet(world, { tags: ['front'] })
      return {
        ...{
          account_id: world.account.id,
          name: 'web-2',
          region: 'fra1',
          size_slug: 's-1vcpu-1gb',
        },
        ...{ image: 'debian-13-x64', tags: ['front'], monitoring: true },
      }
    },
  },
  resize_droplet: { prepare: ofDroplet({ size_slug: 's-2vcpu-2gb' }) },
  resize_droplet_disk: { prepare: ofDroplet({ size_slug: 's-2vcpu-2gb' }) },
  rename_droplet: { prepare: ofDroplet({ name: 'web-9' }) },
  delete_droplet: { prepare: ofDroplet({ snapshot: true }) },
  sync_account: { prepare: ofDrifted },
  detect_drift: { prepare: ofDrifted },
}

/**
 * How many cases with one fault of each saga. All are about 12,000, and take half an hour: the seed
 * draws the same of them each time; `CRASH_MATRIX_CASES=100000` runs all.
 */
const cases = Number(process.env['CRASH_MATRIX_CASES'] ?? 120)
const seed = 20_300_101

// Each its own: what one saga starts for later must not be worked on by another's case.
let database: TestDatabase
let pool: Pool
beforeEach(async () => {
  database = await migratedDatabase()
  pool = preparedPool(database, 14)
})
afterEach(async () => {
  // What a lost process holds never comes back: it goes with the database.
  void pool.end()
  await database.drop()
})

/** The saga of this kind, as this program makes it. */
function shipped(world: ArcadiaWorld, kind: string): SagaDefinition {
  const saga = shippedSagas(depsOver(pool, world)).find((each) => each.kind === kind)
  if (saga === undefined) throw new Error(`there is no saga ${kind}`)
  return saga
}

describe('every saga that ships, cut at every point', () => {
  it('is among these, with every step that an ad-hoc plan may name', async () => {
    const clock = simulatedClock()
    const world = await arcadiaWorld(pool, { id: 'registry', clock })
    const deps = depsOver(pool, world)
    const sagas = shippedSagas(deps)
    expect(sagas.map(({ kind }) => kind).sort()).toEqual(Object.keys(scenarios).sort())
    const proven = new Set(sagas.flatMap(({ steps }) => steps.map(({ step }) => step.name)))
    const others = shippedSteps(deps).filter(({ name }) => !proven.has(name))
    expect(others.map(({ name }) => name)).toEqual(['echo', 'fail'])
    await world.behind().close()
  })

  it.for(Object.entries(scenarios))('%s', async ([kind, { prepare }]) => {
    const report = await crashMatrix({
      store: ({ now }) => postgresStore({ pool, now }),
      world: async (about) => {
        const world = await arcadiaWorld(pool, about)
        const input = await prepare(world)
        return { ...world, input, before: await thingsIn(world) }
      },
      saga: (world) => shipped(world, kind),
      input: ({ input }) => input,
      standing: (world) => changesIn(world, world.before),
      end: (world) => world.behind().close(),
      engine: { classify },
      singles: { seed, cases },
      doubles: { seed, cases: 20 },
    })
    if (process.env['CRASH_MATRIX_ONLY'] !== undefined) return
    expect(report.byFaults).toEqual([expect.any(Number), Math.min(cases, report.possible), 20])
  })
})
