import { step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { dropletTarget } from './input.ts'
import {
  awaitSnapshot,
  findSnapshot,
  issueSnapshot,
  removeSnapshots,
  type SnapshotReceipt,
} from './snapshot-calls.ts'
import { snapshotName } from './snapshot-search.ts'
import { patientRetry, patientUndo, type StepWorld } from './world.ts'

/**
 * Makes a snapshot of a droplet, under a name by which this run finds it again, and deletes it on
 * the way back.
 */
export function createDropletSnapshotStep(world: StepWorld) {
  return step('create_droplet_snapshot', {
    ...snapshotPolicy(world),
    input: z.object(dropletTarget(world)),
    // A plan may take one before a change and one after it.
    key: ({ input, run, idx }) => snapshotName(input.droplet_id, run.tag, idx),
    do: (args): Promise<SnapshotReceipt> => issueSnapshot(world, args),
    find: (args) => findSnapshot(world, args),
    until: (args) => awaitSnapshot(world, args),
    undo: (args) => removeSnapshots(world, args),
  })
}

/**
 * The same, of a droplet about to be deleted, where it was asked for. Its name says so, for it
 * completes without a snapshot too, and nobody shall take that for a backup.
 */
export function snapshotIfAskedStep(world: StepWorld) {
  return step('snapshot_if_asked', {
    ...snapshotPolicy(world),
    input: z.object({ ...dropletTarget(world), snapshot: z.boolean().default(false) }),
    key: ({ input, run }) => snapshotName(input.droplet_id, run.tag),
    do: async (args): Promise<SnapshotReceipt | null> =>
      args.input.snapshot ? issueSnapshot(world, args) : null,
    find: async (args) => (args.input.snapshot ? findSnapshot(world, args) : null),
    until: async (args) => {
      const { receipt } = args
      if (receipt === null) {
        return { snapshot_asked_for: false, snapshot_id: null, snapshot_name: null }
      }
      return awaitSnapshot(world, { ...args, receipt })
    },
    undo: async ({ output: _, ...args }) => {
      if (!args.input.snapshot) return
      const receipt = args.receipt ?? undefined
      return removeSnapshots(world, { ...args, receipt, output: undefined })
    },
  })
}

function snapshotPolicy({ timing }: StepWorld) {
  return {
    retry: patientRetry(timing),
    every: timing.pollMs,
    deadline: timing.actionDeadlineMs,
    settles: timing.settlesMs,
    undoOptions: patientUndo(timing),
  }
}
