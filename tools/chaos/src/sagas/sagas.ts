import { child, parallel, saga, sleep } from '@arcadia-cloud/saga'
import { z } from 'zod'
import {
  lockKey,
  namedSagas,
  type ProvisioningDeps,
} from '../../../../packages/arcadia/src/provisioning/index.ts'
import {
  dropletStep,
  order,
  readCountersStep,
  refusal,
  refusedStep,
  type StepWorld,
  tagStep,
  writeCountersStep,
} from './steps.ts'

const parallelInput = z.object({
  ...order,
  labels: z.int().min(0).max(4),
  refuse: refusal.default('never'),
})

/** Steps at once, and one repeated for each of a list. */
function parallelSaga(world: StepWorld) {
  return saga('chaos_parallel', parallelInput)
    .step(tagStep(world, 'first_tag'))
    .step(
      parallel(
        [
          dropletStep(world),
          tagStep(world, 'tag_beside'),
          refusedStep(world, 'refused_beside', 'beside'),
        ],
        { atOnce: 2 },
      ),
    )
    .each(
      'labelled',
      ({ labels }) => Array.from({ length: labels }, (_, label) => ({ label })),
      tagStep(world, 'label'),
      { atOnce: 2 },
    )
    .step(refusedStep(world, 'refused_after', 'after'))
}

const childInput = z.object({
  ...order,
  account_id: z.uuid(),
  droplet_id: z.int(),
  refuse: refusal.default('never'),
})

/** Two of the shipped sagas as children, one of them under its parent's lock. */
function childSaga(world: StepWorld, shipped: ReturnType<typeof namedSagas>) {
  const locks = ({ account_id, droplet_id }: z.infer<typeof childInput>) => [
    lockKey({ accountId: account_id, kind: 'droplet', externalId: String(droplet_id) }),
  ]
  return saga('chaos_child', childInput, { locks })
    .step(tagStep(world, 'first_tag'))
    .step(child(shipped.snapshotDroplet, { as: 'snapshot' }), {
      with: ({ account_id, droplet_id }) => ({ account_id, droplet_id }),
    })
    .step(sleep('a_moment', '100ms'))
    .step(child(shipped.createDroplet, { as: 'created' }), {
      with: ({ account_id, name, region, size_slug, image }) => ({
        account_id,
        name,
        region,
        size_slug,
        image,
      }),
    })
    .step(refusedStep(world, 'refused_after', 'after'))
}

const locksInput = z.object({
  keys: z.array(z.string()).min(1),
  refuse: refusal.default('never'),
})

/** Reads and writes what only its locks keep from others, with a wait between. */
function locksSaga(world: StepWorld) {
  return saga('chaos_locks', locksInput, {
    locks: ({ keys }) => keys.map((key) => `chaos/counter/${key}`),
  })
    .step(readCountersStep(world))
    .step(sleep('a_moment', '50ms'))
    .step(tagStep(world, 'tag_under_locks'))
    .step(writeCountersStep)
    .step(refusedStep(world, 'refused_after', 'after'))
}

/** Every saga that can be started: those that are shipped, and some of more intricate plans. */
export function chaosSagas(world: StepWorld, deps: ProvisioningDeps) {
  const shipped = namedSagas(deps)
  return [
    ...Object.values(shipped),
    parallelSaga(world),
    childSaga(world, shipped),
    locksSaga(world),
  ]
}
