import type { Engine } from '@arcadia-cloud/saga'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordObservation } from '../inventory/index.ts'
import { recordProvisioned } from '../provisioning/index.ts'
import { type Estate, estate } from '../provisioning/testing/estate.ts'
import { detectDriftSaga } from './detect-drift.ts'
import { listDrift } from './listing.ts'

let world: Estate
beforeEach(async () => {
  let engine: Engine | undefined
  const running = () => {
    if (engine === undefined) throw new Error('the engine is not there yet')
    return engine
  }
  world = await estate({
    also: (deps) => ({
      sagas: [
        detectDriftSaga({
          ...deps,
          clock: { now: () => world.now(), sleep: () => Promise.resolve() },
          locks: {
            lockHolders: (keys) => running().lockHolders(keys),
            lockReleases: (since) => running().lockReleases(since),
          },
        }),
      ],
    }),
  })
  engine = world.engine
})
afterEach(() => world.close())

const observe = async (id: number) => {
  const raw = await world.cloud.client.droplets.get(id)
  const { resourceId } = await recordObservation(world.db, {
    accountId: world.account.id,
    kind: 'droplet',
    raw,
    observedAt: new Date(),
  })
  return resourceId
}

const detect = async () => {
  const { id } = await world.engine.startKind('detect_drift', {})
  const { run } = await world.finish(id)
  expect(run.status).toBe('completed')
  return run
}

describe('detect_drift', () => {
  it('sweeps the only account, under a lock, and tells what it found', async () => {
    const id = await world.droplet({ name: 'web-1' })
    const resourceId = await observe(id)
    await recordProvisioned(world.db, { resourceId, spec: { name: 'x' }, source: 'operator' })
    const run = await detect()
    expect(run.lockKeys).toEqual([`drift/${world.account.id}`])
    expect(run.context).toMatchObject({ drift: { opened: 1, differing: 1 } })
    expect((await listDrift(world.db, { limit: 10 })).data).toMatchObject([{ field: 'name' }])
  })

  it('leaves a droplet alone while a saga changes it', async () => {
    const id = await world.droplet({ name: 'web-1' })
    const resourceId = await observe(id)
    await recordProvisioned(world.db, { resourceId, spec: { name: 'web-1' }, source: 'operator' })
    const { id: renaming } = await world.engine.startKind('rename_droplet', {
      droplet_id: id,
      name: 'web-2',
    })
    await world.until(renaming, ({ steps }) => steps[1]?.issuedAt != null)
    await world.cloud.control('POST', `/droplets/${id}`, { name: 'half-way' })
    await observe(id)
    expect((await detect()).context).toMatchObject({ drift: { opened: 0, locked: 1 } })
    expect((await listDrift(world.db, { limit: 10 })).data).toEqual([])
    expect((await world.finish(renaming)).run.status).not.toBe('running')
  })

  it('refuses an account that is none', async () => {
    await expect(world.engine.startKind('detect_drift', { account_id: 'x' })).rejects.toThrow(
      'account_id',
    )
  })
})
