import { NotFound } from '@arcadia-cloud/digitalocean'
import { pending, step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { dropletTarget } from './input.ts'
import { changing, patientRetry, type StepWorld } from './world.ts'

/** Deletes a droplet, with all that is on its disk: there is no way back from here. */
export function deleteDropletStep(world: StepWorld) {
  const { timing } = world
  return step('delete_droplet', {
    effect: 'pivot',
    input: z.object(dropletTarget(world)),
    // By id, which is never given again: what is deleted twice is the same droplet.
    idempotent: true,
    do: async ({ input, signal }): Promise<{ deleted: boolean }> => {
      const cloud = await changing(world, input)
      try {
        await cloud.droplets.delete(input.droplet_id, { signal })
      } catch (error) {
        if (!(error instanceof NotFound)) throw error
      }
      return { deleted: true }
    },
    until: async ({ input, now, signal }) => {
      const cloud = await world.clouds.reading(input.account_id)
      try {
        await cloud.droplets.get(input.droplet_id, { signal })
        return pending
      } catch (error) {
        if (error instanceof NotFound) {
          return { deleted_droplet_id: input.droplet_id, deleted_at: now.toISOString() }
        }
        throw error
      }
    },
    retry: patientRetry(timing),
    every: timing.pollMs,
    deadline: timing.actionDeadlineMs,
    settles: timing.settlesMs,
  })
}
