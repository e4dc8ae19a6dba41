import { unrestricted } from '../../http/access.ts'
import type { Call } from '../../http/route.ts'
import { createDroplets } from './droplet-creation.ts'
import { beginAction, endAction } from './droplet-life.ts'
import type { DropletRecord } from './droplet-record.ts'

const mostAtOnce = 10

/**
 * Makes the droplets that a resource consists of: by the rules of `POST /v2/droplets`, but not by
 * the permissions of whoever asked for the resource.
 * @param plan the body of a creation, but for its names
 * @returns their ids, in the order of the names
 * @throws ApiError 422 as a creation does, and then none is made
 */
export function makeDroplets(call: Call, names: readonly string[], plan: object): number[] {
  const ids: number[] = []
  const begun = (actionId: number) => {
    const made = call.tx.tables.actions.get(actionId)?.dropletId
    if (typeof made === 'number') ids.push(made)
    call.begun(actionId)
  }
  for (let first = 0; first < names.length; first += mostAtOnce) {
    const body = { ...plan, names: names.slice(first, first + mostAtOnce) }
    createDroplets({ ...call, access: unrestricted, body, begun })
  }
  return ids
}

/** Destroys droplets, whatever they are at; those that are gone already are left alone. */
export function destroyDroplets(call: Call, ids: readonly number[]): void {
  const { droplets, actions } = call.tx.tables
  for (const id of ids) {
    const found = droplets.get(id)
    if (!found || isLeaving(call, found)) continue
    const pending = found.pendingAction === null ? undefined : actions.get(found.pendingAction)
    if (pending) endAction(call.tx, pending, 'errored', call.now)
    beginAction(call, droplets.get(id) ?? found, { type: 'destroy' })
  }
}

/** Whether a droplet is being destroyed, or gone. */
export function isLeaving(call: Call, droplet: DropletRecord): boolean {
  if (droplet.deletedMs !== null) return true
  const { pendingAction } = droplet
  const pending = pendingAction === null ? undefined : call.tx.tables.actions.get(pendingAction)
  return pending?.effect.type === 'destroy'
}
