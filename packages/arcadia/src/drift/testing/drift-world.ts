import type { LockHolder, LockRelease } from '@arcadia-cloud/saga'
import { type Account, createClouds, ensureAccount } from '../../accounts/index.ts'
import {
  controlPlaneDatabase,
  type TestControlPlane,
} from '../../database/testing/control-plane.ts'
import { recordObservation } from '../../inventory/index.ts'
import { type SimulatedCloud, simulatedCloud } from '../../inventory/testing/simulated-cloud.ts'
import type { JsonObject } from '../../kinds/index.ts'
import { recordProvisioned } from '../../provisioning/index.ts'
import type { AcceptOrder } from '../accept.ts'
import { acceptDrift } from '../accept.ts'
import { listDrift, waitingStatuses } from '../listing.ts'
import { type SweepDeps, type SweepSummary, sweep } from '../sweep.ts'
import type { DriftRecord } from '../views.ts'

/** A cloud, an inventory of it, and locks that a test says are held. */
export interface DriftWorld extends SweepDeps {
  readonly control: TestControlPlane
  readonly cloud: SimulatedCloud
  readonly account: Account
  readonly held: Set<string>
  readonly released: Map<string, number>
  /** A droplet, in the cloud and in the inventory. */
  droplet(settings?: object): Promise<{ readonly id: number; readonly resourceId: string }>
  /** Now, by the database's clock, at least a millisecond after all that was written before. */
  moment(): Promise<Date>
  /** Reads a droplet into the inventory, as a sync would. */
  observe(id: number): Promise<string>
  /** Changes a droplet behind everybody's back. */
  change(id: number, settings: object): Promise<void>
  ask(resourceId: string, spec: JsonObject): Promise<void>
  sweep(): Promise<SweepSummary>
  waiting(): Promise<readonly DriftRecord[]>
  accept(order: Omit<AcceptOrder, 'actor'>): ReturnType<typeof acceptDrift>
  eventsOf(resourceId: string): Promise<readonly string[]>
  close(): Promise<void>
}

export async function driftWorld(): Promise<DriftWorld> {
  const control = await controlPlaneDatabase()
  const cloud = await simulatedCloud()
  const { db } = control
  const named = { provider: 'digitalocean', name: 'simulator', simulated: true }
  const account = await ensureAccount(db, named)
  const clouds = createClouds({ db, clientFor: () => cloud.client })
  const held = new Set<string>()
  const released = new Map<string, number>()
  const locks = {
    lockHolders: async (keys: readonly string[] = [...held]): Promise<LockHolder[]> =>
      keys
        .filter((key) => held.has(key))
        .map((key) => ({ key, runId: `run-of-${key}`, acquiredAt: Date.now() })),
    lockReleases: async (since: number): Promise<LockRelease[]> =>
      [...released]
        .map(([key, releasedAt]) => ({ key, releasedAt }))
        .filter(({ releasedAt }) => releasedAt > since),
  }
  const deps = { db, clouds, locks, speed: 1_000_000 }
  const databaseNow = async () => {
    const { rows } = await control.pool.query<{ at: Date }>('select clock_timestamp() as at')
    return rows[0]?.at ?? new Date(0)
  }
  const moment = async () => {
    const before = await databaseNow()
    let now = before
    while (now <= before) now = await databaseNow()
    return now
  }
  const observe = async (id: number): Promise<string> => {
    const observedAt = await moment()
    const raw = await cloud.client.droplets.get(id)
    const seen = { accountId: account.id, kind: 'droplet', raw, observedAt }
    return (await recordObservation(db, seen)).resourceId
  }
  return {
    ...deps,
    control,
    cloud,
    account,
    held,
    released,
    moment,
    observe,
    droplet: async (settings = {}) => {
      const before = await idsOf(cloud)
      await cloud.control('POST', '/droplets', { name: 'web-1', ...settings })
      const id = (await idsOf(cloud)).find((each) => !before.includes(each)) ?? 0
      return { id, resourceId: await observe(id) }
    },
    change: async (id, settings) => {
      await cloud.control('POST', `/droplets/${id}`, settings)
    },
    ask: async (resourceId, spec) => {
      await recordProvisioned(db, { resourceId, spec, source: 'operator' })
    },
    sweep: () => sweep(deps, { accountId: account.id }),
    waiting: async () => (await listDrift(db, { status: waitingStatuses, limit: 200 })).data,
    accept: (order) => acceptDrift(deps, { actor: 'ann', ...order }),
    eventsOf: async (resourceId) => {
      const { rows } = await control.pool.query<{ type: string }>(
        `select type from arcadia.cloud_resource_events where resource_id = $1
          and type in ('drift_detected', 'drift_resolved', 'provisioned') order by id`,
        [resourceId],
      )
      return rows.map(({ type }) => type)
    },
    close: async () => {
      await cloud.close()
      await control.drop()
    },
  }
}

async function idsOf(cloud: SimulatedCloud): Promise<number[]> {
  const ids: number[] = []
  for await (const { id } of cloud.client.droplets.list()) ids.push(id)
  return ids
}
