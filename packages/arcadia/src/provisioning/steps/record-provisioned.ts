import { transact } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { databaseOver } from '../../database/index.ts'
import { findResource, recordDeletion } from '../../inventory/index.ts'
import { amendProvisioned, forgetProvisioned, restoreProvisioned } from '../specs/current.ts'
import { accountId, numericId } from './input.ts'
import type { StepWorld } from './world.ts'

/**
 * Writes down what was asked for, in the transaction that ends the saga: a change is never made
 * without its spec, or the other way round. What it does not name of the spec stays as it was.
 */
export const recordProvisionedStep = transact('record_provisioned', {
  input: z.object({ resource_id: z.uuid(), changes: z.record(z.string(), z.json()) }),
  do: async (tx, { input, run }) => {
    const { specVersion, versionBefore } = await amendProvisioned(databaseOver(tx), {
      resourceId: input.resource_id,
      changes: input.changes,
      source: 'saga',
      sagaId: run.id,
    })
    return { spec_version: specVersion, spec_version_before: versionBefore }
  },
  undo: async (tx, { input, output, run }) => {
    if (output === undefined) return
    await restoreProvisioned(databaseOver(tx), {
      resourceId: input.resource_id,
      specVersion: output.spec_version,
      versionBefore: output.spec_version_before,
      sagaId: run.id,
    })
  },
})

/** Marks a droplet deleted and asks nothing of it any more, so that it is not found missing. */
export function forgetDropletStep(world: Pick<StepWorld, 'accountOf'>) {
  return transact('forget_droplet', {
    input: z.object({
      account_id: accountId(world),
      deleted_droplet_id: numericId,
      deleted_at: z.iso.datetime(),
    }),
    do: async (tx, { input, run }) => {
      const db = databaseOver(tx)
      const key = {
        accountId: input.account_id,
        kind: 'droplet',
        externalId: String(input.deleted_droplet_id),
      }
      const observedAt = new Date(input.deleted_at)
      await recordDeletion(db, { ...key, observedAt, sagaId: run.id })
      const resource = await findResource(db, key)
      if (resource !== undefined) await forgetProvisioned(db, resource.id)
      return { forgotten_resource_id: resource?.id ?? null }
    },
  })
}
