import { StepFailed, step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { readDroplet as read } from './droplet-change.ts'
import { dropletTarget } from './input.ts'
import { patientRetry, type StepWorld } from './world.ts'

/** Whether a droplet runs. In the states in between (new, archive) it is not to be changed. */
export const power = z.enum(['active', 'off'])
export type Power = z.infer<typeof power>

/**
 * Writes down what a droplet is like before it is changed, which is what the steps after it go back
 * to. A step of its own, so that it is in the ledger before anything happens: a step that read it
 * and then acted could not know, after a crash, which of the two it had seen.
 */
export function readDropletStep(world: StepWorld) {
  return step('read_droplet', {
    effect: 'read',
    input: z.object(dropletTarget(world)),
    do: async ({ input, signal }) => {
      const droplet = await read(world, input, signal)
      const { id, name, size_slug: size, status, locked } = droplet
      const known = power.safeParse(status)
      if (locked || !known.success) {
        const state = locked ? 'has an event under way' : `is "${status}"`
        throw new StepFailed(`droplet ${id} ${state}: it can be changed when that is over`, {
          retryable: true,
        })
      }
      return {
        name_before: name,
        size_before: size,
        disk_before: droplet.disk,
        region_before: droplet.region.slug,
        power_before: known.data,
      }
    },
    retry: patientRetry(world.timing),
  })
}
