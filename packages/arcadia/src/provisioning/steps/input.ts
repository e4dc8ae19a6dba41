import { z } from 'zod'
import type { StepWorld } from './world.ts'

const notAnId = 'must be an id of DigitalOcean: a whole number above 0'

/** DigitalOcean's ids are whole numbers; people and URLs write them as digits. */
const numericId = z.union(
  [
    z.int(notAnId).positive(notAnId),
    z
      .string()
      .regex(/^[1-9]\d{0,14}$/, notAnId)
      .transform(Number),
  ],
  // Of its members' words "Invalid input" would be left, where neither is near.
  { error: notAnId },
)

/** The account that a call is about: named, or the only one there is. */
export function accountId({ accountOf }: Pick<StepWorld, 'accountOf'>) {
  return z
    .uuid()
    .optional()
    .transform(async (given, context) => {
      try {
        return await accountOf(given)
      } catch (error) {
        context.addIssue({ code: 'custom', message: messageOf(error) })
        return z.NEVER
      }
    })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Which droplet a step or a saga is about. */
export function dropletTarget(world: Pick<StepWorld, 'accountOf'>) {
  return { account_id: accountId(world), droplet_id: numericId }
}

/** A name DigitalOcean takes for a droplet: it becomes its host name. */
export const dropletName = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/, 'must be letters, digits, dots and dashes')

/** A slug: of a size, a region, an image. */
export const slug = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be a slug')

export { numericId }
