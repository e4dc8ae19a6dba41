import { z } from 'zod'
import { Table } from '../../store/table.ts'

/** How many droplets: a fixed number, or as many as their load asks for. */
const config = z.union([
  z.object({ target: z.number() }),
  z.object({
    min: z.number(),
    max: z.number(),
    cpu: z.number().nullable(),
    memory: z.number().nullable(),
    cooldownMinutes: z.number(),
  }),
])
export type ScalingConfig = Readonly<z.infer<typeof config>>

const template = z.object({
  name: z.string(),
  region: z.string(),
  size: z.string(),
  image: z.string(),
  sshKeys: z.array(z.string()),
  tags: z.array(z.string()),
  vpc: z.string(),
  agent: z.boolean(),
  project: z.string(),
  ipv6: z.boolean(),
  /** Kept, unlike that of a droplet: later droplets are made with it too. */
  userData: z.string(),
  publicNetworking: z.boolean(),
})
export type DropletTemplate = Readonly<z.infer<typeof template>>

const poolRecord = z.object({
  id: z.string(),
  name: z.string(),
  config,
  template,
  /** Its droplets, oldest first. */
  members: z.array(z.object({ droplet: z.number(), createdMs: z.number() })),
  history: z.array(
    z.object({
      id: z.string(),
      current: z.number(),
      desired: z.number(),
      reason: z.enum(['CONFIGURATION_CHANGE', 'SCALE_UP', 'SCALE_DOWN']),
      ms: z.number(),
    }),
  ),
  createdMs: z.number(),
  updatedMs: z.number(),
  /** When one that is being deleted is gone. */
  goneMs: z.number().nullable(),
})

/** An autoscale pool: droplets of one template. */
export type AutoscalePoolRecord = Readonly<z.infer<typeof poolRecord>>

export function autoscalePoolTable() {
  return new Table<AutoscalePoolRecord, 'leaving'>({
    name: 'autoscalePools',
    schema: poolRecord,
    key: (row) => row.id,
    indexes: { leaving: (row) => (row.goneMs === null ? [] : ['leaving']) },
  })
}
