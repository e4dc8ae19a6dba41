import { type Pending, pending, step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import {
  type ChangeReceipt,
  type DropletChange,
  type DropletInput,
  findMade,
  madeIt,
  make,
  putBack,
  readDroplet,
} from './droplet-change.ts'
import { dropletTarget } from './input.ts'
import { type Power, power } from './read-droplet.ts'
import { patientRetry, patientUndo, type StepWorld } from './world.ts'

interface PowerInput extends DropletInput {
  readonly power_before: Power
  /** Whether there is anything to do at all. */
  readonly needed: boolean
}

const on: DropletChange<PowerInput> = {
  action: 'power_on',
  isMade: ({ status }) => status === 'active',
  post: (cloud, { droplet_id: id }, signal) => cloud.dropletActions.powerOn(id, { signal }),
}

const off: DropletChange<PowerInput> = {
  action: 'power_off',
  isMade: ({ status }) => status === 'off',
  post: (cloud, { droplet_id: id }, signal) => cloud.dropletActions.powerOff(id, { signal }),
}

const shutDown: DropletChange<PowerInput> = {
  action: 'shutdown',
  isMade: ({ status }) => status === 'off',
  post: (cloud, { droplet_id: id }, signal) => cloud.dropletActions.shutdown(id, { signal }),
}

const nothing: ChangeReceipt = { action_id: null }

function powerInput(world: StepWorld) {
  return z.object({
    ...dropletTarget(world),
    power_before: power,
    needed: z.boolean().default(true),
  })
}

/** The options that every power step has: how it is issued, looked for, and taken back. */
function powerOptions(world: StepWorld, change: DropletChange<PowerInput>) {
  const { timing } = world
  return {
    input: powerInput(world),
    do: (args: Parameters<typeof make<PowerInput>>[2]): Promise<ChangeReceipt> =>
      args.input.needed ? make(world, change, args) : Promise.resolve(nothing),
    find: (args: Parameters<typeof make<PowerInput>>[2]): Promise<ChangeReceipt | undefined> =>
      args.input.needed ? findMade(world, change, args) : Promise.resolve(nothing),
    undo: (args: Parameters<typeof make<PowerInput>>[2]): Promise<Pending | undefined> => {
      if (!args.input.needed) return Promise.resolve(undefined)
      const back = args.input.power_before === 'active' ? on : off
      return putBack(world, back, args, ({ status }) => power.safeParse(status).success)
    },
    retry: patientRetry(timing),
    every: timing.pollMs,
    deadline: timing.actionDeadlineMs,
    settles: timing.settlesMs,
    undoOptions: patientUndo(timing),
  }
}

/**
 * Asks a droplet's operating system to shut down, so that what it has in memory gets to its disk.
 * One that does not is left running: {@link powerOffDropletStep} after it sees to that.
 */
export function shutDownDropletStep(world: StepWorld) {
  return step('shut_down_droplet', {
    ...powerOptions(world, shutDown),
    until: async ({ input, receipt, signal, now }) => {
      if (!input.needed) return { shut_down: false }
      const { action_id: actionId } = receipt
      const droplet = await readDroplet(world, input, signal)
      if (off.isMade(droplet, input) && !droplet.locked) return { shut_down: true }
      if (actionId === null) return { shut_down: false }
      const cloud = await world.clouds.reading(input.account_id)
      const action = await cloud.dropletActions.get(input.droplet_id, actionId, { signal })
      const waited = now.getTime() - Date.parse(action.started_at)
      if (action.status === 'in-progress' || droplet.locked) return pending
      // An error, or a system that ignores it: after a while the plug has to be pulled.
      return waited < world.timing.shutdownMs && action.status === 'completed'
        ? pending
        : { shut_down: false }
    },
  })
}

/** Switches a droplet off, like pulling the plug; nothing to do when it is off. */
export function powerOffDropletStep(world: StepWorld) {
  return step('power_off_droplet', {
    ...powerOptions(world, off),
    until: async (args) => {
      const made = args.input.needed ? await madeIt(world, off, args) : true
      return made === true ? { powered_off: args.input.needed } : made
    },
  })
}

/** Switches a droplet on; nothing to do when it runs. */
export function powerOnDropletStep(world: StepWorld) {
  return step('power_on_droplet', {
    ...powerOptions(world, on),
    until: async (args) => {
      const made = args.input.needed ? await madeIt(world, on, args) : true
      return made === true ? { powered_on: args.input.needed } : made
    },
  })
}
