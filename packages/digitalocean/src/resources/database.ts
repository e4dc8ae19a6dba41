import { z } from 'zod'

/** Where and as whom to connect. Holds a password. */
export const connectionSchema = z.looseObject({
  uri: z.string().nullish(),
  host: z.string().nullish(),
  port: z.int().nullish(),
  database: z.string().nullish(),
  user: z.string().nullish(),
  password: z.string().nullish(),
  ssl: z.boolean().nullish(),
})

/** A cluster as the API gives it. What it does not describe is kept as it came. */
export const databaseSchema = z.looseObject({
  /** A UUID. */
  id: z.string(),
  /** Unique among clusters and replicas. */
  name: z.string(),
  /** `pg`, `mysql`, `redis`, `valkey`, `mongodb`, `kafka` or `opensearch`. */
  engine: z.string(),
  version: z.string().nullish(),
  num_nodes: z.int(),
  size: z.string(),
  region: z.string(),
  /** `creating`, `online`, `resizing`, `migrating` or `forking`. */
  status: z.string(),
  /** RFC 3339. */
  created_at: z.string(),
  storage_size_mib: z.int().nullish(),
  private_network_uuid: z.string().nullish(),
  project_id: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  db_names: z.array(z.string()).nullish(),
  connection: connectionSchema.nullish(),
  private_connection: connectionSchema.nullish(),
  maintenance_window: z.looseObject({ day: z.string(), hour: z.string() }).nullish(),
})

export type Database = z.infer<typeof databaseSchema>

/** By the API's own names. */
export interface DatabaseCreate {
  /** 3 to 63 lowercase letters, digits and dashes. */
  readonly name: string
  readonly engine: 'pg' | 'mysql' | 'redis' | 'valkey' | 'mongodb' | 'kafka' | 'opensearch'
  /** The newest without one. */
  readonly version?: string | undefined
  readonly num_nodes: number
  /** Such as `db-s-1vcpu-1gb`. */
  readonly size: string
  readonly region: string
  /** That of the size without one. */
  readonly storage_size_mib?: number | undefined
  /** The region's default VPC without one. */
  readonly private_network_uuid?: string | undefined
  /** The default project without one. */
  readonly project_id?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly rules?: readonly DatabaseFirewallRule[] | undefined
  /** The name of another cluster, to begin with what its backup holds. */
  readonly backup_restore?:
    | { readonly database_name: string; readonly backup_created_at?: string | undefined }
    | undefined
}

export interface DatabaseResize {
  readonly size: string
  readonly num_nodes: number
  /** Stays as it is without one, unless the size comes with more. */
  readonly storage_size_mib?: number | undefined
}

export interface DatabaseMaintenance {
  /** In English, lowercase. */
  readonly day: string
  /** Such as `14:00`, in UTC. */
  readonly hour: string
}

/** Something that may connect. */
export interface DatabaseFirewallRule {
  readonly type: 'droplet' | 'k8s' | 'ip_addr' | 'tag' | 'app'
  /** An id, an address or a tag, by its type. */
  readonly value: string
  readonly description?: string | undefined
}

export const ruleSchema = z.looseObject({
  uuid: z.string(),
  type: z.string(),
  value: z.string(),
  description: z.string().nullish(),
  created_at: z.string().nullish(),
})

/** A rule of a cluster's firewall. */
export type DatabaseRule = z.infer<typeof ruleSchema>

export const backupSchema = z.looseObject({
  /** RFC 3339. */
  created_at: z.string(),
  size_gigabytes: z.number(),
})

export type DatabaseBackup = z.infer<typeof backupSchema>

export const engineOptionsSchema = z.looseObject({
  regions: z.array(z.string()).nullish(),
  versions: z.array(z.string()).nullish(),
  layouts: z.array(z.looseObject({ num_nodes: z.int(), sizes: z.array(z.string()) })).nullish(),
})

/** What an engine can be had as. */
export type DatabaseEngineOptions = z.infer<typeof engineOptionsSchema>
