import { NotFound } from '@arcadia-cloud/digitalocean'
import {
  type CallArgs,
  type IssuedArgs,
  type Pending,
  pending,
  StepFailed,
  type UndoArgs,
} from '@arcadia-cloud/saga'
import type { DropletInput } from './droplet-change.ts'
import {
  type FoundSnapshot,
  isRecent,
  latestActions,
  listSnapshots,
  unseenSnapshot,
} from './snapshot-search.ts'
import { goingBack, refuseOverdue, type StepWorld } from './world.ts'

/** What is known once the snapshot was asked for, or found. */
export type SnapshotReceipt =
  | { readonly action_id: number; readonly snapshot_id: null }
  | { readonly action_id: null; readonly snapshot_id: string }

export interface SnapshotOutput {
  readonly snapshot_id: string
  readonly snapshot_name: string
}

/** Asks for the snapshot, unless one of that name is there. */
export async function issueSnapshot(
  world: StepWorld,
  { input, key, signal }: CallArgs<DropletInput>,
): Promise<SnapshotReceipt> {
  const found = await snapshotNamed(world, input, key, signal)
  if (found !== undefined) return { action_id: null, snapshot_id: found.id }
  const cloud = await world.clouds.writing(input.account_id)
  const action = await cloud.dropletActions.snapshot(input.droplet_id, { name: key }, { signal })
  return { action_id: action.id, snapshot_id: null }
}

/**
 * The snapshot of that name; undefined when there is none.
 * @throws while one is in the making that may be it
 */
export async function findSnapshot(
  world: StepWorld,
  { input, key, now, signal }: CallArgs<DropletInput>,
): Promise<SnapshotReceipt | undefined> {
  const { snapshots, unseen } = await look(world, { input, now, signal })
  const found = snapshots.find(({ name }) => name === key)
  if (found !== undefined) return { action_id: null, snapshot_id: found.id }
  if (unseen === undefined) return undefined
  throw new Error(
    `droplet ${input.droplet_id} has a snapshot in the making (action ${unseen.id}), which may be this one`,
  )
}

/** Waits for the action, and then for the snapshot to show up. */
export async function awaitSnapshot(
  world: StepWorld,
  { input, key, receipt, now, signal }: IssuedArgs<DropletInput, SnapshotReceipt>,
): Promise<SnapshotOutput | Pending> {
  const { snapshot_id: known, action_id: actionId } = receipt
  if (actionId === null) return { snapshot_id: known, snapshot_name: key }
  const cloud = await world.clouds.reading(input.account_id)
  const action = await cloud.dropletActions.get(input.droplet_id, actionId, { signal })
  if (action.status === 'in-progress') return pending
  if (action.status === 'errored') {
    throw new StepFailed(`the snapshot action ${actionId} of droplet ${input.droplet_id} errored`)
  }
  const found = await snapshotNamed(world, input, key, signal)
  if (found !== undefined) return { snapshot_id: found.id, snapshot_name: key }
  if (isRecent(action, now, world.timing.snapshotLagMs)) return pending
  throw new StepFailed(
    `the snapshot action ${actionId} completed, but no snapshot "${key}" showed up within ${world.timing.snapshotLagMs} ms`,
    { effect: 'unknown' },
  )
}

/**
 * Deletes it: by id where that is known, and whatever else has its name, also what is in the making
 * yet. A call believed lost may have made a second, so that knowing one is no reason not to wait.
 */
export function removeSnapshots(
  world: StepWorld,
  args: UndoArgs<DropletInput, SnapshotReceipt, SnapshotOutput>,
): Promise<Pending | undefined> {
  const { input, key, receipt, output, now, signal } = args
  return goingBack(world, input.account_id, async () => {
    const known = output?.snapshot_id ?? receipt?.snapshot_id ?? undefined
    const { snapshots, unseen } = await look(world, { input, now, signal })
    if (unseen !== undefined) {
      refuseOverdue(world, unseen, now)
      return pending
    }
    const named = snapshots.filter(({ name }) => name === key).map(({ id }) => id)
    for (const id of new Set(known === undefined ? named : [known, ...named])) {
      await removeOne(world, input.account_id, id, signal)
    }
    return undefined
  })
}

/** Its 204 and its 404 are the word that counts: listings go on showing it for a while. */
async function removeOne(
  { clouds }: StepWorld,
  accountId: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const cloud = await clouds.writing(accountId)
  try {
    await cloud.snapshots.delete(id, { signal })
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
  }
}

/** What is to be seen of snapshots, and an action that may be ours with none to show. */
async function look(
  world: StepWorld,
  { input, now, signal }: Pick<CallArgs<DropletInput>, 'input' | 'now' | 'signal'>,
) {
  const cloud = await world.clouds.reading(input.account_id)
  const search = { cloud, dropletId: input.droplet_id, signal }
  // Actions first: one that ends between the two readings is then still counted as unseen.
  const actions = await latestActions(search)
  const snapshots = await listSnapshots(search)
  const lag = { now, lagMs: world.timing.snapshotLagMs }
  return { snapshots, unseen: unseenSnapshot(actions, snapshots, lag) }
}

async function snapshotNamed(
  world: StepWorld,
  input: DropletInput,
  key: string,
  signal: AbortSignal,
): Promise<FoundSnapshot | undefined> {
  const cloud = await world.clouds.reading(input.account_id)
  const all = await listSnapshots({ cloud, dropletId: input.droplet_id, signal })
  return all.find(({ name }) => name === key)
}
