import { findDatabaseSize } from '../../catalog/database-sizes.ts'
import { sizeOf } from '../../catalog/sizes.ts'
import type { Tables } from '../../store/tables.ts'
import type { DatabaseRecord, DatabaseReplica } from '../databases/record.ts'
import type { DropletRecord } from '../droplets/droplet-record.ts'
import type { ClusterRecord } from '../kubernetes/record.ts'
import type { SnapshotRecord } from '../snapshots/snapshot-record.ts'
import type { VolumeRecord, VolumeSnapshotRecord } from '../volumes/volume-record.ts'

/** Something that costs as long as it is there; in US dollars a month. */
export interface Priced {
  readonly createdMs: number
  /** Null while it is there. */
  readonly endedMs: number | null
  readonly monthly: number
}

/** In US dollars a month. */
export const gigabytePrices = { snapshot: 0.06, volume: 0.1 }
const databaseGibibyte = 0.21
const highAvailability = 40
/** Backups cost a share of what they are of. */
const backupShare = { daily: 0.3, weekly: 0.2 }

/** Everything that costs, kind by kind. A new kind that does adds its line here. */
export function* allPriced(tables: Tables): Iterable<Priced> {
  for (const row of tables.droplets.rows()) yield dropletPrice(row)
  for (const row of tables.snapshots.rows()) yield snapshotPrice(row)
  for (const row of tables.volumes.rows()) yield volumePrice(row, null)
  for (const row of tables.volumeSnapshots.rows()) yield volumeSnapshotPrice(row)
  for (const row of tables.databases.rows()) yield* databasePrices(row, null)
  for (const row of tables.kubernetes.rows()) yield clusterPrice(row, null)
}

/** At the size it has now, as if it had always had it. */
export function dropletPrice(droplet: DropletRecord): Priced {
  const { priceMonthly } = sizeOf(droplet.size)
  const share = droplet.backups === null ? 0 : backupShare[droplet.backups.plan]
  const { createdMs, deletedMs: endedMs } = droplet
  return { createdMs, endedMs, monthly: priceMonthly * (1 + share) }
}

export function snapshotPrice(snapshot: SnapshotRecord): Priced {
  const { createdMs, deletedMs: endedMs, sizeGigabytes, backup } = snapshot
  // Backups are in the price of their droplet.
  return { createdMs, endedMs, monthly: backup ? 0 : sizeGigabytes * gigabytePrices.snapshot }
}

export function volumePrice(
  { createdMs, gigabytes }: VolumeRecord,
  endedMs: number | null,
): Priced {
  return { createdMs, endedMs, monthly: gigabytes * gigabytePrices.volume }
}

export function volumeSnapshotPrice(snapshot: VolumeSnapshotRecord): Priced {
  const { createdMs, deletedMs: endedMs, sizeGigabytes } = snapshot
  return { createdMs, endedMs, monthly: sizeGigabytes * gigabytePrices.snapshot }
}

/** Its nodes and its replicas. */
export function databasePrices(cluster: DatabaseRecord, endedMs: number | null): Priced[] {
  const nodes = nodePrice(cluster, endedMs)
  return [
    { ...nodes, monthly: nodes.monthly * cluster.numNodes },
    ...cluster.replicas.map((replica) => replicaPrice(replica, endedMs)),
  ]
}

export function replicaPrice(replica: DatabaseReplica, endedMs: number | null): Priced {
  return nodePrice(replica, endedMs)
}

/** With the storage that goes beyond its size's. */
function nodePrice(node: DatabaseRecord | DatabaseReplica, endedMs: number | null): Priced {
  const size = findDatabaseSize(node.size)
  if (!size) throw new Error(`no database size "${node.size}"`)
  const extraGib = (node.storageMib - size.minStorageMib) / 1024
  const monthly = size.priceMonthly + Math.max(0, extraGib) * databaseGibibyte
  return { createdMs: node.createdMs, endedMs, monthly }
}

/** The nodes are droplets, and cost as such; the cluster itself costs nothing but what is more. */
export function clusterPrice(cluster: ClusterRecord, endedMs: number | null): Priced {
  const { createdMs } = cluster
  return { createdMs, endedMs, monthly: cluster.ha ? highAvailability : 0 }
}
