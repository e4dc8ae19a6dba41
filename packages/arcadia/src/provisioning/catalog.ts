import type { SagaDefinition, StepDefinition } from '@arcadia-cloud/saga'
import { type Clouds, resolveAccount } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import { createDropletSaga } from './sagas/create-droplet.ts'
import { deleteDropletSaga } from './sagas/delete-droplet.ts'
import { renameDropletSaga } from './sagas/rename-droplet.ts'
import { resizeDropletDiskSaga, resizeDropletSaga } from './sagas/resize-droplet.ts'
import { snapshotDropletSaga } from './sagas/snapshot-droplet.ts'
import { makeSteps } from './steps/steps.ts'
import type { StepWorld } from './steps/world.ts'
import type { Timing } from './timing.ts'

/** What changes of clouds are made with. */
export interface ProvisioningDeps {
  readonly db: Db
  readonly clouds: Clouds
  readonly timing: Timing
}

/**
 * An account that was there once is there for good, and is not asked for again: a database that is
 * away for a moment must not make the input of a step, which names it, a wrong one.
 */
function worldOf({ db, clouds, timing }: ProvisioningDeps): StepWorld {
  const known = new Set<string>()
  const accountOf = async (id: string | undefined) => {
    if (id !== undefined && known.has(id)) return id
    const account = await resolveAccount(db, id)
    known.add(account.id)
    return account.id
  }
  return { db, clouds, timing, accountOf }
}

/** Every step that changes a cloud, or reads one in order to. */
export function provisioningSteps(deps: ProvisioningDeps): readonly StepDefinition[] {
  return Object.values(makeSteps(worldOf(deps)))
}

/** The sagas by name, typed; for {@link provisioningSagas}, and for hosts that start one. */
export function namedSagas(deps: ProvisioningDeps) {
  const world = worldOf(deps)
  const steps = makeSteps(world)
  return {
    snapshotDroplet: snapshotDropletSaga(world, steps),
    createDroplet: createDropletSaga(world, steps),
    resizeDroplet: resizeDropletSaga(world, steps),
    resizeDropletDisk: resizeDropletDiskSaga(world, steps),
    renameDroplet: renameDropletSaga(world, steps),
    deleteDroplet: deleteDropletSaga(world, steps),
  }
}

/** Every saga that changes a cloud. */
export function provisioningSagas(deps: ProvisioningDeps): readonly SagaDefinition[] {
  return Object.values(namedSagas(deps))
}
