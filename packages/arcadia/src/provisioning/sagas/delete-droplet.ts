import { saga } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { dropletTarget } from '../steps/input.ts'
import type { ProvisioningSteps } from '../steps/steps.ts'
import type { StepWorld } from '../steps/world.ts'
import { dropletLock } from './locks.ts'

/**
 * Deletes a droplet, after a snapshot of it where one is asked for; the snapshot stays. There is no
 * way back once the deletion was asked for.
 */
export function deleteDropletSaga(world: StepWorld, steps: ProvisioningSteps) {
  const input = z.strictObject({ ...dropletTarget(world), snapshot: z.boolean().default(false) })
  return saga('delete_droplet', input, { locks: dropletLock })
    .step(steps.readDroplet)
    .step(steps.snapshotIfAsked)
    .step(steps.deleteDroplet)
    .step(steps.forgetDroplet)
}
