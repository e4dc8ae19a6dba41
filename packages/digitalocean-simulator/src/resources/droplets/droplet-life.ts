import { notFound, unprocessable } from '../../http/answer.ts'
import type { Call, World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { ActionEffect, ActionFate, ActionRecord } from '../actions/action-record.ts'
import { actionRules } from '../actions/action-rules.ts'
import { failsImport } from '../images/image-life.ts'
import { freeAddress } from '../reserved-ips/reserved-ip-life.ts'
import type { DropletRecord } from './droplet-record.ts'

const idGap = 13
/** About where the ids of each kind are now. */
const firstIds = {
  droplet: 410_000_000,
  action: 1_900_000_000,
  snapshot: 210_000_000,
  'ssh-key': 50_000_000,
  'dns-record': 1_780_000_000,
}

/** An id that grows with `ordinal`, as the real ones do: by irregular steps, never twice. */
export function drawId(world: World, kind: keyof typeof firstIds, ordinal: number): number {
  const base = firstIds[kind]
  const start = base + world.random.integer(0, 9_999_999, 'first-id', kind)
  return start + ordinal * idGap + world.random.integer(0, idGap - 1, 'id', kind, ordinal)
}

/** @throws ApiError 404 when there is none, when it is gone, or when it is too new to be found */
export function readableDroplet(call: Call, id: string | undefined): DropletRecord {
  const droplet = call.tx.tables.droplets.get(id ?? '')
  if (!droplet || droplet.deletedMs !== null || droplet.readableMs > call.now) throw notFound()
  return droplet
}

/** What an action needs to begin. */
export interface Beginning {
  readonly tx: Transaction
  readonly world: World
  readonly now: number
  readonly fate: ActionFate
  /** Told the id of the action. */
  readonly begun: (actionId: number) => void
}

/**
 * Begins an action on a droplet, and locks the droplet until it ends.
 * @throws ApiError 422 while another one is under way
 */
export function beginAction(
  at: Beginning,
  droplet: DropletRecord,
  effect: ActionEffect,
): { readonly droplet: DropletRecord; readonly action: ActionRecord } {
  if (droplet.pendingAction !== null) throw unprocessable('Droplet already has a pending event.')
  const action = startAction(at, effect, droplet.region, droplet.id)
  const { tx } = at
  return { droplet: tx.put(tx.tables.droplets, { ...droplet, pendingAction: action.id }), action }
}

/** Notes an action that begins; what it locks is the caller's. */
export function startAction(
  at: Beginning,
  effect: ActionEffect,
  region: string,
  dropletId: number | null = null,
): ActionRecord {
  const { tx, world, now } = at
  const id = drawId(world, 'action', tx.next('action'))
  const jitter = 0.8 + 0.4 * world.random.fraction('duration', id)
  const action = tx.put(tx.tables.actions, {
    id,
    dropletId,
    region,
    status: 'in-progress',
    effect,
    fate: at.fate,
    startedMs: now,
    dueMs: now + world.time.scaled(actionRules[effect.type].seconds * 1000 * jitter),
    completedMs: null,
  })
  at.begun(id)
  return action
}

/** Ends an action and unlocks what it held; what the action did is not this function's. */
export function endAction(
  tx: Transaction,
  action: ActionRecord,
  status: 'completed' | 'errored',
  atMs: number,
): void {
  tx.put(tx.tables.actions, { ...action, status, completedMs: atMs })
  const droplet = tx.tables.droplets.get(action.dropletId ?? '')
  if (droplet?.pendingAction === action.id) {
    tx.put(tx.tables.droplets, { ...droplet, pendingAction: null })
  }
  if ('imageId' in action.effect && status === 'errored') failsImport(tx, action.effect)
  if ('volume' in action.effect) {
    const volume = tx.tables.volumes.get(action.effect.volume)
    if (volume?.pendingAction === action.id)
      tx.put(tx.tables.volumes, { ...volume, pendingAction: null })
  }
  if ('address' in action.effect) freeAddress(tx, action.effect.address, action.id)
}
