import type { Droplet } from '@arcadia-cloud/digitalocean'
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
import { dropletTarget, slug } from './input.ts'
import { patientRetry, patientUndo, type StepWorld } from './world.ts'

interface ResizeInput extends DropletInput {
  readonly size_slug: string
  readonly size_before: string
}

function resizeTo(
  sizeOf: (input: ResizeInput) => string,
  disk: boolean,
): DropletChange<ResizeInput> {
  return {
    action: 'resize',
    isMade: (droplet, input) => droplet.size_slug === sizeOf(input),
    post: (cloud, input, signal) =>
      cloud.dropletActions.resize(input.droplet_id, { size: sizeOf(input), disk }, { signal }),
  }
}

const forward = resizeTo(({ size_slug: size }) => size, false)
const back = resizeTo(({ size_before: size }) => size, false)

function resizeInput(world: StepWorld) {
  return z.object({ ...dropletTarget(world), size_slug: slug, size_before: slug })
}

/**
 * Gives a droplet, which has to be off, the memory and CPUs of another size. Its disk stays as it
 * is, so that this can be taken back.
 */
export function resizeDropletStep(world: StepWorld) {
  const { timing } = world
  return step('resize_droplet', {
    input: resizeInput(world),
    do: (args): Promise<ChangeReceipt> => make(world, forward, args),
    find: (args) => findMade(world, forward, args),
    until: async (args) => {
      const made = await madeIt(world, forward, args)
      return made === true ? { resized: true } : made
    },
    undo: (args) => putBack(world, back, args, (droplet) => forward.isMade(droplet, args.input)),
    retry: patientRetry(timing),
    every: timing.pollMs,
    deadline: timing.actionDeadlineMs,
    settles: timing.settlesMs,
    undoOptions: patientUndo(timing),
  })
}

/**
 * Gives a droplet, which has to be off, another size with its larger disk. A disk never shrinks:
 * there is no way back from here.
 */
export function resizeDropletDiskStep(world: StepWorld) {
  const { timing } = world
  const withDisk: DropletChange<ResizeInput & { readonly size_disk: number }> = {
    ...resizeTo(({ size_slug: size }) => size, true),
    isMade: isGrown,
  }
  return step('resize_droplet_disk', {
    effect: 'pivot',
    input: resizeInput(world).extend({ size_disk: z.number().positive() }),
    do: (args): Promise<ChangeReceipt> => make(world, withDisk, args),
    find: (args) => findMade(world, withDisk, args),
    until: async (args) => {
      const made = await madeIt(world, withDisk, args)
      return made === true ? { resized: true } : made
    },
    retry: patientRetry(timing),
    every: timing.pollMs,
    deadline: timing.actionDeadlineMs,
    settles: timing.settlesMs,
  })
}

/** The size alone does not tell: a resize without the disk has the same one. */
function isGrown(
  droplet: Droplet,
  { size_slug: size, size_disk: disk }: { size_slug: string; size_disk: number },
): boolean {
  return droplet.size_slug === size && droplet.disk >= disk
}
