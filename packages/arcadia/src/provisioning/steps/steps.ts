import { createDropletStep, removeRunTagStep } from './create-droplet.ts'
import { createDropletSnapshotStep, snapshotIfAskedStep } from './create-droplet-snapshot.ts'
import { deleteDropletStep } from './delete-droplet.ts'
import { powerOffDropletStep, powerOnDropletStep, shutDownDropletStep } from './droplet-power.ts'
import { observeDropletStep, observeSnapshotStep } from './observe-droplet.ts'
import { readDropletStep } from './read-droplet.ts'
import { readSizeStep } from './read-size.ts'
import { forgetDropletStep, recordProvisionedStep } from './record-provisioned.ts'
import { renameDropletStep } from './rename-droplet.ts'
import { resizeDropletDiskStep, resizeDropletStep } from './resize-droplet.ts'
import type { StepWorld } from './world.ts'

/** Every step of this feature, made for a world. */
export function makeSteps(world: StepWorld) {
  return {
    createDropletSnapshot: createDropletSnapshotStep(world),
    snapshotIfAsked: snapshotIfAskedStep(world),
    createDroplet: createDropletStep(world),
    removeRunTag: removeRunTagStep(world),
    readDroplet: readDropletStep(world),
    readSize: readSizeStep(world),
    shutDownDroplet: shutDownDropletStep(world),
    powerOffDroplet: powerOffDropletStep(world),
    powerOnDroplet: powerOnDropletStep(world),
    resizeDroplet: resizeDropletStep(world),
    resizeDropletDisk: resizeDropletDiskStep(world),
    renameDroplet: renameDropletStep(world),
    deleteDroplet: deleteDropletStep(world),
    observeDroplet: observeDropletStep(world),
    observeSnapshot: observeSnapshotStep(world),
    recordProvisioned: recordProvisionedStep,
    forgetDroplet: forgetDropletStep(world),
  }
}

export type ProvisioningSteps = ReturnType<typeof makeSteps>
