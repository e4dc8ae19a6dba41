import { saga } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { dropletOrder } from '../steps/create-droplet.ts'
import { accountId } from '../steps/input.ts'
import type { ProvisioningSteps } from '../steps/steps.ts'
import type { StepWorld } from '../steps/world.ts'

function orderInput(world: StepWorld) {
  return z.strictObject({ account_id: accountId(world), ...dropletOrder })
}
type Order = z.output<ReturnType<typeof orderInput>>

/** Makes a droplet. It needs no lock: what is not there yet has no id that others could name. */
export function createDropletSaga(world: StepWorld, steps: ProvisioningSteps) {
  return saga('create_droplet', orderInput(world))
    .step(steps.createDroplet)
    .step(steps.removeRunTag)
    .step(steps.observeDroplet, {
      with: ({ account_id, droplet_id }) => ({
        account_id,
        droplet_id,
        expected: { status: 'active' as const },
      }),
    })
    .step(steps.recordProvisioned, {
      with: (scope) => ({ resource_id: scope.resource_id, changes: specOf(scope) }),
    })
}

/** What was asked for, by the names that specs use. */
function specOf(order: Order) {
  const { name, region, size_slug, tags, backups, ipv6, monitoring, vpc_uuid } = order
  const vpc = vpc_uuid === undefined ? {} : { vpc_uuid }
  return { name, region, size_slug, tags, backups, ipv6, monitoring, power: 'on' as const, ...vpc }
}
