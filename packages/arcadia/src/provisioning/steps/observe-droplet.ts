import { type Droplet, NotFound } from '@arcadia-cloud/digitalocean'
import { type Pending, pending, step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { recordObservation } from '../../inventory/index.ts'
import { readDroplet } from './droplet-change.ts'
import { accountId, dropletTarget } from './input.ts'
import { power } from './read-droplet.ts'
import { patientRetry, type StepWorld } from './world.ts'

const expectation = z.object({ name: z.string(), size_slug: z.string(), status: power }).partial()
type Expectation = z.output<typeof expectation>

/**
 * Reads a droplet back after it was changed: what it must be like now is waited for, and then goes
 * into the inventory, so that the next page shows what was done.
 */
export function observeDropletStep(world: StepWorld) {
  return step('observe_droplet', {
    effect: 'read',
    input: z.object({ ...dropletTarget(world), expected: expectation.default({}) }),
    do: () => ({ asked: true }),
    until: async ({ input, run, now, signal }): Promise<{ resource_id: string } | Pending> => {
      const raw = await readDroplet(world, input, signal)
      if (raw.locked || !isAsExpected(raw, input.expected)) return pending
      const { resourceId } = await recordObservation(world.db, {
        accountId: input.account_id,
        kind: 'droplet',
        raw,
        observedAt: now,
        sagaId: run.id,
      })
      return { resource_id: resourceId }
    },
    retry: patientRetry(world.timing),
    every: world.timing.pollMs,
    deadline: world.timing.readLagMs * 2,
  })
}

function isAsExpected(droplet: Droplet, { name, size_slug: size, status }: Expectation): boolean {
  return (
    (name === undefined || droplet.name === name) &&
    (size === undefined || droplet.size_slug === size) &&
    (status === undefined || droplet.status === status)
  )
}

/** Reads a new snapshot and puts it into the inventory. */
export function observeSnapshotStep(world: StepWorld) {
  return step('observe_snapshot', {
    effect: 'read',
    input: z.object({ account_id: accountId(world), snapshot_id: z.string() }),
    do: () => ({ asked: true }),
    until: async ({ input, run, now, signal }): Promise<{ resource_id: string } | Pending> => {
      const cloud = await world.clouds.reading(input.account_id)
      try {
        const raw = await cloud.snapshots.get(input.snapshot_id, { signal })
        const { resourceId } = await recordObservation(world.db, {
          accountId: input.account_id,
          kind: 'snapshot',
          raw,
          observedAt: now,
          sagaId: run.id,
        })
        return { resource_id: resourceId }
      } catch (error) {
        if (error instanceof NotFound) return pending
        throw error
      }
    },
    retry: patientRetry(world.timing),
    every: world.timing.pollMs,
    deadline: world.timing.snapshotLagMs * 2,
  })
}
