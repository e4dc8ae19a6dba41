import { saga } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { dropletTarget, slug } from '../steps/input.ts'
import type { Power } from '../steps/read-droplet.ts'
import type { ProvisioningSteps } from '../steps/steps.ts'
import type { StepWorld } from '../steps/world.ts'
import { dropletLock } from './locks.ts'

interface Sizing {
  readonly account_id: string
  readonly droplet_id: number
  readonly size_slug: string
  readonly size_before: string
  readonly power_before: Power
}

/** A droplet that has the size already is not interrupted. */
function powerDown({ account_id, droplet_id, power_before, ...sizes }: Sizing) {
  const needed = sizes.size_slug !== sizes.size_before
  return { account_id, droplet_id, power_before, needed }
}

/** Only what ran before is switched on again; it is off by now. */
function powerUp({ account_id, droplet_id, power_before, ...sizes }: Sizing) {
  const needed = power_before === 'active' && sizes.size_slug !== sizes.size_before
  return { account_id, droplet_id, power_before: 'off' as const, needed }
}

function outcome({ account_id, droplet_id, size_slug, power_before: status }: Sizing) {
  return { account_id, droplet_id, expected: { size_slug, status } }
}

function asked({ resource_id, size_slug }: { resource_id: string; size_slug: string }) {
  return { resource_id, changes: { size_slug } }
}

/**
 * Gives a droplet the memory and CPUs of another size. It is off meanwhile, and on again if it was;
 * its disk stays as it is, so that all of it can be taken back.
 */
export function resizeDropletSaga(world: StepWorld, steps: ProvisioningSteps) {
  const input = z.strictObject({
    ...dropletTarget(world),
    size_slug: slug,
    /** With the disk there is no way back: that is another saga, which says so. */
    disk: z
      .literal(false, 'a disk cannot be made smaller again: use the saga resize_droplet_disk')
      .optional(),
  })
  return saga('resize_droplet', input, { locks: dropletLock })
    .step(steps.readDroplet)
    .step(steps.readSize)
    .step(steps.shutDownDroplet, { with: powerDown })
    .step(steps.powerOffDroplet, { with: powerDown })
    .step(steps.resizeDroplet)
    .step(steps.powerOnDroplet, { with: powerUp })
    .step(steps.observeDroplet, { with: outcome })
    .step(steps.recordProvisioned, { with: asked })
}

/**
 * Gives a droplet another size with its larger disk. There is no way back once the resize was
 * asked for.
 */
export function resizeDropletDiskSaga(world: StepWorld, steps: ProvisioningSteps) {
  const input = z.strictObject({ ...dropletTarget(world), size_slug: slug })
  return saga('resize_droplet_disk', input, { locks: dropletLock })
    .step(steps.readDroplet)
    .step(steps.readSize)
    .step(steps.shutDownDroplet, { with: always })
    .step(steps.powerOffDroplet, { with: always })
    .step(steps.resizeDropletDisk)
    .step(steps.powerOnDroplet, {
      with: ({ account_id, droplet_id, power_before }) => ({
        account_id,
        droplet_id,
        power_before: 'off' as const,
        needed: power_before === 'active',
      }),
    })
    .step(steps.observeDroplet, { with: outcome })
    .step(steps.recordProvisioned, { with: asked })
}

/** The size alone does not tell whether the disk has grown with it. */
function always({ account_id, droplet_id, power_before }: Sizing) {
  return { account_id, droplet_id, power_before, needed: true }
}
