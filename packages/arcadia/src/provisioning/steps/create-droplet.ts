import { type DigitalOcean, NotFound } from '@arcadia-cloud/digitalocean'
import { type CallArgs, type Pending, pending, StepFailed, step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { collect } from './collecting.ts'
import { accountId, dropletName, numericId, slug } from './input.ts'
import { goingBack, patientRetry, patientUndo, type StepWorld } from './world.ts'

/**
 * The tag by which a run finds the droplet it made, should the answer be lost: DigitalOcean has no
 * idempotency key, names are not unique, and a droplet's name sets its PTR record, so no run id goes
 * into it. The run alone uses this tag, and takes it off again when the droplet is there
 * ({@link removeRunTagStep}): a tag is wiring, and what is left in an account for ever is litter.
 */
function runTag(tag: string, idx: number): string {
  return `arcadia-run-${tag}-${idx}`
}

/** What can be asked for of a new droplet. */
export const dropletOrder = {
  name: dropletName,
  region: slug,
  size_slug: slug,
  image: z.union([slug, numericId]),
  tags: z
    .array(z.string().regex(/^[a-zA-Z0-9_:-]{1,255}$/, 'must be letters, digits, : - and _'))
    .max(50)
    .default([]),
  ssh_keys: z.array(z.union([z.string().min(1), z.int().positive()])).default([]),
  vpc_uuid: z.uuid().optional(),
  backups: z.boolean().default(false),
  ipv6: z.boolean().default(false),
  monitoring: z.boolean().default(false),
}

interface CreateReceipt {
  readonly droplet_id: number
  /** The action that makes it; null when it was found, or the answer did not name it. */
  readonly action_id: number | null
  /** When it was made, epoch milliseconds; not there when it was found. */
  readonly made_at?: number
}

function createInput(world: StepWorld) {
  return z.object({ account_id: accountId(world), ...dropletOrder })
}
type CreateInput = z.output<ReturnType<typeof createInput>>

/** Makes a droplet, and deletes it on the way back. */
export function createDropletStep(world: StepWorld) {
  const { timing } = world
  return step('create_droplet', {
    input: createInput(world),
    key: ({ run, idx }) => runTag(run.tag, idx),
    do: (args): Promise<CreateReceipt> => create(world, args),
    find: async ({ input, key, signal }): Promise<CreateReceipt | undefined> => {
      const [id] = await taggedDroplets(world, input, key, signal)
      return id === undefined ? undefined : { droplet_id: id, action_id: null }
    },
    until: (args) => running(world, args),
    undo: ({ input, key, receipt, now, signal }) =>
      goingBack(world, input.account_id, async () => {
        const tagged = await taggedDroplets(world, input, key, signal)
        const known = receipt === undefined ? [] : [receipt.droplet_id]
        for (const id of new Set([...known, ...tagged])) {
          const was = await write(world, input.account_id, (cloud) =>
            cloud.droplets.delete(id, { signal }),
          )
          if (was === 'absent' && isFresh(world, id, receipt, now)) return pending
        }
        await write(world, input.account_id, (cloud) => cloud.tags.delete(key, { signal }))
        return undefined
      }),
    retry: patientRetry(timing),
    every: timing.pollMs,
    deadline: timing.actionDeadlineMs,
    settles: timing.settlesMs,
    undoOptions: patientUndo(timing),
  })
}

/** What was just made may be unknown for some seconds: that it is not there does not count yet. */
function isFresh(
  { timing }: StepWorld,
  id: number,
  receipt: CreateReceipt | undefined,
  now: Date,
): boolean {
  const { droplet_id: made, made_at: madeAt } = receipt ?? {}
  return made === id && madeAt !== undefined && now.getTime() - madeAt < timing.readLagMs
}

/**
 * Takes the run's tag off the droplet, and out of the account: it has served. Where it is on several,
 * a request believed lost has made one too many: without the tag nobody could tell it any more.
 */
export function removeRunTagStep(world: StepWorld) {
  return step('remove_run_tag', {
    input: z.object({ account_id: accountId(world), run_tag: z.string() }),
    idempotent: true,
    do: async ({ input, signal }) => {
      const { account_id: account, run_tag: tag } = input
      const tagged = await taggedDroplets(world, input, tag, signal)
      if (tagged.length > 1) {
        throw new StepFailed(
          `the droplets ${tagged.join(', ')} all came of this one order: all are taken back`,
        )
      }
      await write(world, account, (cloud) => cloud.tags.delete(tag, { signal }))
      return { run_tag_removed: true }
    },
    // The droplet is known by its id from here on: there is no need to put the tag back.
    undo: () => undefined,
    retry: patientRetry(world.timing),
  })
}

async function create(
  { clouds }: StepWorld,
  { input, key, now, signal }: CallArgs<CreateInput>,
): Promise<CreateReceipt> {
  const { account_id: account, size_slug: size, tags, ...rest } = input
  const cloud = await clouds.writing(account)
  const order = { ...rest, size, tags: [...tags, key] }
  const { droplet, actionId } = await cloud.droplets.create(order, { signal })
  return { droplet_id: droplet.id, action_id: actionId ?? null, made_at: now.getTime() }
}

async function running(
  { clouds }: StepWorld,
  {
    input,
    key,
    receipt,
    signal,
  }: Pick<CallArgs<CreateInput>, 'input' | 'key' | 'signal'> & { readonly receipt: CreateReceipt },
): Promise<{ droplet_id: number; run_tag: string } | Pending> {
  const { droplet_id: id, action_id: actionId } = receipt
  const cloud = await clouds.reading(input.account_id)
  try {
    if (actionId !== null) {
      const action = await cloud.actions.get(actionId, { signal })
      if (action.status === 'in-progress') return pending
      if (action.status === 'errored') throw new StepFailed(`droplet ${id} could not be made`)
    }
    const droplet = await cloud.droplets.get(id, { signal })
    return droplet.status === 'active' && !droplet.locked
      ? { droplet_id: id, run_tag: key }
      : pending
  } catch (error) {
    // What was just made may be unknown for some seconds.
    if (error instanceof NotFound) return pending
    throw error
  }
}

async function taggedDroplets(
  { clouds }: StepWorld,
  { account_id: account }: { readonly account_id: string },
  tagName: string,
  signal: AbortSignal,
): Promise<number[]> {
  const cloud = await clouds.reading(account)
  const droplets = await collect(cloud.droplets.list({ tagName, signal }))
  return droplets.map(({ id }) => id)
}

/** One write of something that may be gone already, which is as good. */
async function write(
  { clouds }: StepWorld,
  account: string,
  work: (cloud: DigitalOcean) => Promise<void>,
): Promise<'written' | 'absent'> {
  const cloud = await clouds.writing(account)
  try {
    await work(cloud)
    return 'written'
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    return 'absent'
  }
}
