import { saga } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { dropletName, dropletTarget } from '../steps/input.ts'
import type { ProvisioningSteps } from '../steps/steps.ts'
import type { StepWorld } from '../steps/world.ts'
import { dropletLock } from './locks.ts'

/** Gives a droplet another name. */
export function renameDropletSaga(world: StepWorld, steps: ProvisioningSteps) {
  const input = z.strictObject({ ...dropletTarget(world), name: dropletName })
  return saga('rename_droplet', input, { locks: dropletLock })
    .step(steps.readDroplet)
    .step(steps.renameDroplet)
    .step(steps.observeDroplet, {
      with: ({ account_id, droplet_id, name }) => ({ account_id, droplet_id, expected: { name } }),
    })
    .step(steps.recordProvisioned, {
      with: ({ resource_id, name }) => ({ resource_id, changes: { name } }),
    })
}
