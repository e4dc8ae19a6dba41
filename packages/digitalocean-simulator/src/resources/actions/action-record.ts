import { z } from 'zod'
import { Table } from '../../store/table.ts'
import { backupPolicy, imageOrigin } from '../droplets/droplet-record.ts'

const dropletEffect = z.discriminatedUnion('type', [
  z.object({ type: z.literal('create') }),
  z.object({ type: z.literal('destroy') }),
  z.object({ type: z.literal('snapshot'), name: z.string() }),
  z.object({ type: z.literal('power_on') }),
  z.object({ type: z.literal('power_off') }),
  z.object({ type: z.literal('shutdown') }),
  z.object({ type: z.literal('reboot') }),
  z.object({ type: z.literal('power_cycle') }),
  z.object({ type: z.literal('password_reset') }),
  z.object({ type: z.literal('resize'), size: z.string(), disk: z.boolean() }),
  z.object({ type: z.literal('rename'), name: z.string() }),
  z.object({ type: z.literal('rebuild'), image: imageOrigin }),
  z.object({ type: z.literal('restore'), image: imageOrigin }),
  z.object({ type: z.literal('enable_ipv6') }),
  z.object({ type: z.literal('enable_backups'), policy: backupPolicy }),
  z.object({ type: z.literal('change_backup_policy'), policy: backupPolicy }),
  z.object({ type: z.literal('disable_backups') }),
  z.object({ type: z.literal('change_kernel') }),
])
export type DropletEffect = Readonly<z.infer<typeof dropletEffect>>

const volumeEffect = z.discriminatedUnion('type', [
  z.object({ type: z.literal('attach_volume'), volume: z.string() }),
  z.object({ type: z.literal('detach_volume'), volume: z.string() }),
  z.object({ type: z.literal('resize_volume'), volume: z.string(), gigabytes: z.number() }),
])
export type VolumeEffect = Readonly<z.infer<typeof volumeEffect>>

const addressEffect = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reserve_ip'), address: z.string() }),
  z.object({ type: z.literal('assign_ip'), address: z.string(), droplet: z.number() }),
  z.object({ type: z.literal('unassign_ip'), address: z.string() }),
])
export type AddressEffect = Readonly<z.infer<typeof addressEffect>>

const imageEffect = z.discriminatedUnion('type', [
  z.object({ type: z.literal('image_import'), imageId: z.number() }),
  z.object({ type: z.literal('transfer'), imageId: z.number(), to: z.string() }),
  z.object({ type: z.literal('convert'), imageId: z.number() }),
])
export type ImageEffect = Readonly<z.infer<typeof imageEffect>>

/** What an action does when it completes, with all it needs for that. */
const actionEffect = z.discriminatedUnion('type', [
  dropletEffect,
  volumeEffect,
  addressEffect,
  imageEffect,
])
export type ActionEffect = Readonly<z.infer<typeof actionEffect>>
export type ActionType = ActionEffect['type']

/** Whether it is done to a droplet, and not to something else that keeps a droplet busy. */
export function isDropletEffect(effect: ActionEffect): effect is DropletEffect {
  return !('volume' in effect || 'address' in effect || 'imageId' in effect)
}

/** How an action ends: well, in error, or not before somebody releases it. */
export const actionFate = z.enum(['complete', 'errored', 'stuck'])
export type ActionFate = z.infer<typeof actionFate>

const actionRecord = z.object({
  id: z.number(),
  /** The droplet that it keeps busy: for most, that it is done to. */
  dropletId: z.number().nullable(),
  region: z.string(),
  status: z.enum(['in-progress', 'completed', 'errored']),
  effect: actionEffect,
  fate: actionFate,
  startedMs: z.number(),
  /** When it ends, unless it is stuck. */
  dueMs: z.number(),
  completedMs: z.number().nullable(),
})
export type ActionRecord = Readonly<z.infer<typeof actionRecord>>

export function actionTable() {
  return new Table<ActionRecord, 'droplet' | 'volume' | 'address' | 'image' | 'status'>({
    name: 'actions',
    schema: actionRecord,
    key: (row) => String(row.id),
    indexes: {
      droplet: (row) => (isDropletEffect(row.effect) ? [String(row.dropletId)] : []),
      volume: (row) => ('volume' in row.effect ? [row.effect.volume] : []),
      address: (row) => ('address' in row.effect ? [row.effect.address] : []),
      image: (row) => ('imageId' in row.effect ? [String(row.effect.imageId)] : []),
      // Only those under way are ever looked for: the others would be one huge set.
      status: (row) => (row.status === 'in-progress' ? [row.status] : []),
    },
  })
}
