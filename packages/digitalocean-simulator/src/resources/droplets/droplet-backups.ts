import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import { isListed, listedSnapshots } from '../snapshots/snapshot-life.ts'
import { dropletSnapshotView } from '../snapshots/snapshots.ts'
import { backupPolicyView, nextBackupWindow, supportedPolicies } from './backup-window.ts'
import { readableDroplet } from './droplet-life.ts'
import type { DropletRecord } from './droplet-record.ts'

/** Backups of droplets: made in each window of their policy, never on demand. */
export const dropletBackupRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v2/droplets/backups/policies',
    scopes: ['droplet:read'],
    handle: listPolicies,
  },
  {
    method: 'GET',
    path: '/v2/droplets/backups/supported_policies',
    scopes: ['droplet:read'],
    handle: () => ({ status: 200, body: { supported_policies: supportedPolicies() } }),
  },
  { method: 'GET', path: '/v2/droplets/:droplet/backups', scopes: ['droplet:read'], handle: list },
  {
    method: 'GET',
    path: '/v2/droplets/:droplet/backups/policy',
    scopes: ['droplet:read'],
    handle: showPolicy,
  },
]

function list(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  const own = call.tx.tables.snapshots.find('droplet', droplet.id)
  const backups = listedSnapshots(call, own).filter((each) => each.backup === true)
  const page = paginate(backups, call.url)
  const body = { backups: page.items.map(dropletSnapshotView), links: page.links, meta: page.meta }
  return { status: 200, body }
}

/** By the ids of the droplets, of those without backups too. */
function listPolicies(call: Call) {
  const listed: DropletRecord[] = []
  for (const droplet of call.tx.tables.droplets.rows()) {
    if (isListed(call, droplet)) listed.push(droplet)
  }
  const page = paginate(listed, call.url)
  const policies = Object.fromEntries(
    page.items.map((droplet) => [droplet.id, policyView(droplet, call.now)]),
  )
  return { status: 200, body: { policies, links: page.links, meta: page.meta } }
}

function showPolicy(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  return { status: 200, body: { policy: policyView(droplet, call.now) } }
}

function policyView({ id, backups }: DropletRecord, now: number) {
  if (backups === null) return { droplet_id: id, backup_enabled: false }
  return {
    droplet_id: id,
    backup_enabled: true,
    backup_policy: backupPolicyView(backups),
    next_backup_window: nextBackupWindow(backups, now),
  }
}
