import { StepFailed, step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { collect } from './collecting.ts'
import { accountId, slug } from './input.ts'
import { patientRetry, type StepWorld } from './world.ts'

/**
 * Looks a size up, and refuses one that a droplet cannot get: asked before the droplet is powered
 * off, so that a mistake costs no interruption.
 */
export function readSizeStep(world: StepWorld) {
  return step('read_size', {
    effect: 'read',
    input: z.object({
      account_id: accountId(world),
      size_slug: slug,
      disk_before: z.number(),
      region_before: z.string(),
    }),
    do: async ({ input, signal }) => {
      const cloud = await world.clouds.reading(input.account_id)
      const sizes = await collect(cloud.sizes.list({ signal }))
      const size = sizes.find(({ slug }) => slug === input.size_slug)
      if (size === undefined) throw new StepFailed(`there is no size "${input.size_slug}"`)
      if (!size.available || !size.regions.includes(input.region_before)) {
        throw new StepFailed(`size ${size.slug} is not available in ${input.region_before}`)
      }
      if (size.disk < input.disk_before) {
        throw new StepFailed(
          `size ${size.slug} has a disk of ${size.disk} GiB and the droplet's has ${input.disk_before}: a disk never shrinks`,
        )
      }
      return { size_disk: size.disk }
    },
    retry: patientRetry(world.timing),
  })
}
