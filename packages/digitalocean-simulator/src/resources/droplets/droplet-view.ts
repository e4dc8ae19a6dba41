import { regionIndex } from '../../catalog/regions.ts'
import { sizeOf } from '../../catalog/sizes.ts'
import type { Call } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { imageOriginView } from '../images/image-origin.ts'
import { regionViewOf } from '../regions.ts'
import { diskInfo, sizeView } from '../sizes.ts'
import { isListed } from '../snapshots/snapshot-life.ts'
import { formatAddress } from '../vpcs/ip-range.ts'
import { addressIn, findVpc } from '../vpcs/vpc-life.ts'
import { nextBackupWindow } from './backup-window.ts'
import type { DropletRecord } from './droplet-record.ts'

/** A droplet as the API writes it: without the fields that the token may not see. */
export function dropletView(call: Call, droplet: DropletRecord) {
  const size = sizeOf(droplet.size)
  return {
    id: droplet.id,
    name: droplet.name,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: droplet.disk,
    disk_info: diskInfo(droplet.disk),
    locked: droplet.pendingAction !== null,
    status: droplet.status,
    kernel: null,
    created_at: timestamp(droplet.createdMs),
    features: features(droplet),
    next_backup_window: droplet.backups && nextBackupWindow(droplet.backups, call.now),
    size: sizeView(size),
    size_slug: droplet.size,
    networks: networks(call, droplet),
    region: regionViewOf(droplet.region),
    ...(call.access.can('image:read') ? imageFields(call, droplet) : {}),
    ...(call.access.can('block_storage:read') ? { volume_ids: volumeIds(call, droplet) } : {}),
    ...(call.access.can('tag:read') ? { tags: droplet.tags } : {}),
    ...(call.access.can('vpc:read') ? { vpc_uuid: droplet.vpc } : {}),
  }
}

function volumeIds(call: Call, droplet: DropletRecord): string[] {
  return call.tx.tables.volumes.find('droplet', droplet.id).map((volume) => volume.id)
}

function imageFields(call: Call, droplet: DropletRecord) {
  const own = call.tx.tables.snapshots.find('droplet', droplet.id)
  const listed = own.filter((each) => isListed(call, each))
  return {
    backup_ids: listed.filter((each) => each.backup).map((each) => each.id),
    snapshot_ids: listed.filter((each) => !each.backup).map((each) => each.id),
    image: imageOriginView(call, droplet.image),
  }
}

function features(droplet: DropletRecord): string[] {
  const all: readonly (readonly [string, boolean])[] = [
    ['backups', droplet.backups !== null],
    ['ipv6', droplet.ipv6],
    ['monitoring', droplet.monitoring],
    ['droplet_agent', droplet.agent],
    ['private_networking', true],
  ]
  return all.filter(([, enabled]) => enabled).map(([name]) => name)
}

/** The address of version 4 that a droplet has in public, if it has one there. */
export function publicAddress({ ordinal }: Pick<DropletRecord, 'ordinal'>): string {
  return formatAddress(198 * 2 ** 24 + 18 * 2 ** 16 + (ordinal % (2 ** 17 - 4)) + 2)
}

/**
 * Public addresses are counted from the droplet's number, out of ranges that nobody owns: RFC 2544's
 * and for IPv6 RFC 3849's. The private one is its network's. A new droplet has none yet.
 */
function networks(call: Call, droplet: DropletRecord) {
  if (droplet.status === 'new') return { v4: [], v6: [] }
  const vpc = findVpc(call.tx, droplet.vpc)
  const inner = addressIn(vpc, droplet.vpcAddress || droplet.ordinal)
  const privateV4 = { ...inner, gateway: 'nil', type: 'private' }
  const publicV4 = {
    ip_address: publicAddress(droplet),
    netmask: '255.254.0.0',
    gateway: '198.18.0.1',
    type: 'public',
  }
  const prefix = `2001:db8:${regionIndex(droplet.region).toString(16)}`
  const ordinal = droplet.ordinal
  const publicV6 = {
    ip_address: `${prefix}::${(ordinal >>> 16).toString(16)}:${((ordinal & 0xffff) + 2).toString(16)}`,
    netmask: 64,
    gateway: `${prefix}::1`,
    type: 'public',
  }
  return {
    v4: droplet.publicNetworking ? [publicV4, privateV4] : [privateV4],
    v6: droplet.ipv6 ? [publicV6] : [],
  }
}
