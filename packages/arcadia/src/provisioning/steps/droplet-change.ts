import { type Action, type DigitalOcean, type Droplet, NotFound } from '@arcadia-cloud/digitalocean'
import { type CallArgs, type Pending, pending, StepFailed } from '@arcadia-cloud/saga'
import { isRecent, latestActions } from './snapshot-search.ts'
import { changing, goingBack, refuseOverdue, type StepWorld } from './world.ts'

/** What every step that changes a droplet is about. */
export interface DropletInput {
  readonly account_id: string
  readonly droplet_id: number
}

/** A change of a droplet that is made by one of DigitalOcean's actions. */
export interface DropletChange<Input extends DropletInput> {
  /** The action's type, as DigitalOcean names it. */
  readonly action: string
  /** Whether the droplet is as the change would make it. */
  readonly isMade: (droplet: Droplet, input: Input) => boolean
  readonly post: (cloud: DigitalOcean, input: Input, signal: AbortSignal) => Promise<Action>
}

/** The action under way; null when the droplet was as wanted without one. */
export interface ChangeReceipt {
  readonly action_id: number | null
}

type Args<Input> = Pick<CallArgs<Input>, 'input' | 'signal' | 'now'>

/** Makes the change, unless the droplet is already so. */
export async function make<Input extends DropletInput>(
  world: StepWorld,
  change: DropletChange<Input>,
  { input, signal }: Args<Input>,
): Promise<ChangeReceipt> {
  const droplet = await readDroplet(world, input, signal)
  // While an event runs nothing is certain: the POST is then refused, and made again later.
  if (change.isMade(droplet, input) && !droplet.locked) return { action_id: null }
  const cloud = await changing(world, input)
  const action = await change.post(cloud, input, signal)
  return { action_id: action.id }
}

/**
 * The change under way, or made. An action of the same type that is under way is taken for ours:
 * the droplet takes one at a time, and what it comes to is verified by {@link madeIt}.
 */
export async function findMade<Input extends DropletInput>(
  world: StepWorld,
  change: DropletChange<Input>,
  { input, signal }: Args<Input>,
): Promise<ChangeReceipt | undefined> {
  const cloud = await world.clouds.reading(input.account_id)
  const actions = await latestActions({ cloud, dropletId: input.droplet_id, signal })
  const running = actions.find(({ status }) => status === 'in-progress')
  if (running?.type === change.action) return { action_id: running.id }
  const droplet = await readDroplet(world, input, signal)
  if (running !== undefined || droplet.locked) {
    throw new Error(`droplet ${input.droplet_id} has an event under way: look again when it ended`)
  }
  return change.isMade(droplet, input) ? { action_id: null } : undefined
}

/** Whether the change is made, by its action's word and by the droplet's. */
export async function madeIt<Input extends DropletInput>(
  world: StepWorld,
  change: DropletChange<Input>,
  { input, signal, now, receipt }: Args<Input> & { readonly receipt: ChangeReceipt },
): Promise<true | Pending> {
  const { account_id: accountId, droplet_id: dropletId } = input
  const { action_id: actionId } = receipt
  const cloud = await world.clouds.reading(accountId)
  const action =
    actionId === null ? undefined : await cloud.dropletActions.get(dropletId, actionId, { signal })
  if (action?.status === 'in-progress') return pending
  if (action?.status === 'errored') {
    throw new StepFailed(`the ${change.action} action ${action.id} of droplet ${dropletId} errored`)
  }
  const droplet = await readDroplet(world, input, signal)
  if (change.isMade(droplet, input)) return true
  if (action !== undefined && isRecent(action, now, world.timing.readLagMs)) return pending
  throw new StepFailed(
    `droplet ${dropletId} is not as its ${change.action} should have left it: something else changed it`,
    { effect: 'unknown' },
  )
}

/**
 * Puts a droplet back by another change, looking before every act.
 * @param mayAct whether the droplet still is as the step left it; another state is somebody else's
 * doing, which is not ours to overwrite
 * @throws {StepFailed} when it is neither as it was nor as the step left it, or putting it back errs
 */
export function putBack<Input extends DropletInput>(
  world: StepWorld,
  back: DropletChange<Input>,
  { input, signal, now }: Args<Input>,
  mayAct: (droplet: Droplet) => boolean,
): Promise<Pending | undefined> {
  const { account_id: accountId, droplet_id: dropletId } = input
  return goingBack(world, accountId, async () => {
    const droplet = await readIfThere(world, input, signal)
    if (droplet === undefined) return undefined
    const reading = await world.clouds.reading(accountId)
    const [latest] = await latestActions({ cloud: reading, dropletId, signal })
    if (latest?.status === 'in-progress' || droplet.locked) {
      if (latest !== undefined) refuseOverdue(world, latest, now)
      return pending
    }
    if (back.isMade(droplet, input)) return undefined
    if (!mayAct(droplet)) {
      throw new StepFailed(
        `droplet ${dropletId} was changed by something else meanwhile: put it back by hand, or leave it as it is`,
        { effect: 'unknown' },
      )
    }
    await back.post(await world.clouds.writing(accountId), input, signal)
    if (latest?.type === back.action && latest.status === 'errored') {
      // Counted as an attempt, so that an action that errs for ever ends before an operator.
      throw new StepFailed(
        `the ${back.action} action ${latest.id} errored; it was asked for again`,
        {
          effect: 'unknown',
        },
      )
    }
    return pending
  })
}

/** @throws {StepFailed} when the droplet is gone */
export async function readDroplet(
  world: StepWorld,
  input: DropletInput,
  signal: AbortSignal,
): Promise<Droplet> {
  const droplet = await readIfThere(world, input, signal)
  if (droplet === undefined) throw new StepFailed(`there is no droplet ${input.droplet_id}`)
  return droplet
}

async function readIfThere(
  { clouds }: StepWorld,
  { account_id: accountId, droplet_id: dropletId }: DropletInput,
  signal: AbortSignal,
): Promise<Droplet | undefined> {
  const cloud = await clouds.reading(accountId)
  try {
    return await cloud.droplets.get(dropletId, { signal })
  } catch (error) {
    if (error instanceof NotFound) return undefined
    throw error
  }
}
