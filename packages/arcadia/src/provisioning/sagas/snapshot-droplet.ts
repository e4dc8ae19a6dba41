import { saga } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { dropletTarget } from '../steps/input.ts'
import type { ProvisioningSteps } from '../steps/steps.ts'
import type { StepWorld } from '../steps/world.ts'
import { dropletLock } from './locks.ts'

/** Makes a snapshot of a droplet, and asks for it to stay. */
export function snapshotDropletSaga(world: StepWorld, steps: ProvisioningSteps) {
  return saga('snapshot_droplet', z.strictObject(dropletTarget(world)), { locks: dropletLock })
    .step(steps.createDropletSnapshot)
    .step(steps.observeSnapshot)
    .step(steps.recordProvisioned, {
      with: ({ resource_id, droplet_id, snapshot_name: name }) => ({
        resource_id,
        changes: { name, resource_id: String(droplet_id), resource_type: 'droplet' },
      }),
    })
}
