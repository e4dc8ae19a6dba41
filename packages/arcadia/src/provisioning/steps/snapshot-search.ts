import { type Action, type DigitalOcean, NotFound } from '@arcadia-cloud/digitalocean'
import { collect } from './collecting.ts'

/**
 * The name by which a run knows its snapshot again: DigitalOcean has no idempotency key.
 * @param idx the place of the step, where a plan may take several: the first place goes unnamed
 */
export function snapshotName(dropletId: number, runTag: string, idx = 0): string {
  return `arcadia-snap-${dropletId}-${runTag}${idx === 0 ? '' : `-${idx}`}`
}

/** A snapshot as it is found: `created_at` equals `started_at` of the action that made it. */
export interface FoundSnapshot {
  readonly id: string
  readonly name: string
  readonly created_at: string
}

interface Search {
  readonly cloud: DigitalOcean
  readonly dropletId: number
  readonly signal: AbortSignal
}

/** All snapshots of a droplet that are listed, whatever their name. */
export async function listSnapshots({
  cloud,
  dropletId,
  signal,
}: Search): Promise<readonly FoundSnapshot[]> {
  try {
    return await collect(cloud.droplets.snapshots(dropletId).list({ signal }))
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    // Snapshots outlive their droplet, but are then only to be found among all of the account's.
    const all = await collect(cloud.snapshots.list({ resourceType: 'droplet', signal }))
    return all.filter(({ resource_id }) => resource_id === String(dropletId))
  }
}

/** What a droplet did last, newest first; nothing when it is gone. */
export async function latestActions({
  cloud,
  dropletId,
  signal,
}: Search): Promise<readonly Action[]> {
  try {
    // One page: an action that matters here is under way, or has just ended.
    for await (const { items } of cloud.droplets
      .actions(dropletId)
      .pages({ perPage: 50, signal })) {
      return items
    }
    return []
  } catch (error) {
    if (error instanceof NotFound) return []
    throw error
  }
}

/**
 * A snapshot action whose snapshot cannot be seen yet: it is under way, or completed so short a
 * time ago that the listing may lag behind. It may be anybody's, for actions carry no name.
 */
export function unseenSnapshot(
  actions: readonly Action[],
  snapshots: readonly FoundSnapshot[],
  { now, lagMs }: { readonly now: Date; readonly lagMs: number },
): Action | undefined {
  return actions.find((action) => {
    if (action.type !== 'snapshot' || action.status === 'errored') return false
    if (action.status === 'in-progress') return true
    const seen = snapshots.some(({ created_at }) => created_at === action.started_at)
    return !seen && isRecent(action, now, lagMs)
  })
}

/** Whether an action ended at most `lagMs` ago, by the cloud's word on when it did. */
export function isRecent(
  { completed_at: completedAt }: Pick<Action, 'completed_at'>,
  now: Date,
  lagMs: number,
): boolean {
  if (completedAt === null || completedAt === undefined) return true
  return now.getTime() - Date.parse(completedAt) < lagMs
}
