import { step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import {
  type ChangeReceipt,
  type DropletChange,
  type DropletInput,
  findMade,
  madeIt,
  make,
  putBack,
} from './droplet-change.ts'
import { dropletName, dropletTarget } from './input.ts'
import { patientRetry, patientUndo, type StepWorld } from './world.ts'

interface RenameInput extends DropletInput {
  readonly name: string
  readonly name_before: string
}

function renameTo(nameOf: (input: RenameInput) => string): DropletChange<RenameInput> {
  return {
    action: 'rename',
    isMade: (droplet, input) => droplet.name === nameOf(input),
    post: (cloud, input, signal) =>
      cloud.dropletActions.rename(input.droplet_id, { name: nameOf(input) }, { signal }),
  }
}

const forward = renameTo(({ name }) => name)
const back = renameTo(({ name_before: name }) => name)

/** Gives a droplet another name, which also sets its PTR record. */
export function renameDropletStep(world: StepWorld) {
  const { timing } = world
  return step('rename_droplet', {
    input: z.object({
      ...dropletTarget(world),
      name: dropletName,
      name_before: z.string(),
    }),
    do: (args): Promise<ChangeReceipt> => make(world, forward, args),
    find: (args) => findMade(world, forward, args),
    until: async (args) => {
      const made = await madeIt(world, forward, args)
      return made === true ? { renamed: true } : made
    },
    undo: (args) => putBack(world, back, args, (droplet) => forward.isMade(droplet, args.input)),
    retry: patientRetry(timing),
    every: timing.pollMs,
    deadline: timing.actionDeadlineMs,
    settles: timing.settlesMs,
    undoOptions: patientUndo(timing),
  })
}
