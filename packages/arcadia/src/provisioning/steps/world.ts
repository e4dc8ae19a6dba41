import {
  type Action,
  Conflict,
  type DigitalOcean,
  Unprocessable,
} from '@arcadia-cloud/digitalocean'
import {
  type Pending,
  pending,
  type RetryOptions,
  StepFailed,
  type UndoOptions,
} from '@arcadia-cloud/saga'
import { type Clouds, WritesRefused } from '../../accounts/index.ts'
import type { Db } from '../../database/index.ts'
import { foreignOwner } from '../specs/owner.ts'
import type { Timing } from '../timing.ts'

/** All that the steps act on and are told by. */
export interface StepWorld {
  readonly clouds: Clouds
  readonly db: Db
  readonly timing: Timing
  /** The account named, or the only one. @throws when it is not there, or there are several */
  readonly accountOf: (id: string | undefined) => Promise<string>
}

/**
 * Another event on the droplet, which may take as long as a backup does, refuses ours for a while;
 * that had no effect, so trying often is harmless.
 */
export function patientRetry({ retryMs, retryMaxMs }: Timing): RetryOptions {
  return { attempts: 30, initial: retryMs, max: retryMaxMs, factor: 1.5 }
}

/** An undo waits as long as an operator may: while all is frozen it must not act. */
export function patientUndo(timing: Timing): UndoOptions {
  const { pollMs, retryMs, retryMaxMs, operatorMs } = timing
  return {
    retry: { attempts: 10, initial: retryMs, max: retryMaxMs },
    every: pollMs,
    deadline: operatorMs,
    onExhausted: 'park',
  }
}

interface Target {
  readonly account_id: string
  readonly droplet_id: number
}

/**
 * The cloud for one change of a droplet, which has to leave now.
 * @throws {StepFailed} when another tool owns the droplet
 * @throws {WritesRefused}
 */
export async function changing(world: StepWorld, target: Target): Promise<DigitalOcean> {
  const { account_id: accountId, droplet_id: dropletId } = target
  const resource = { accountId, kind: 'droplet', externalId: String(dropletId) }
  const owner = await foreignOwner(world.db, resource)
  if (owner !== undefined) {
    throw new StepFailed(`droplet ${dropletId} is owned by ${owner}: change it there`)
  }
  return world.clouds.writing(accountId)
}

/**
 * Runs the work of an undo, unless writes are refused: then it waits, and no request leaves, until
 * an operator allows them. An event that is still running on the resource is waited for, too.
 */
export async function goingBack(
  { clouds }: StepWorld,
  accountId: string,
  work: () => Promise<Pending | undefined>,
): Promise<Pending | undefined> {
  try {
    await clouds.writing(accountId)
    return await work()
  } catch (error) {
    if (error instanceof WritesRefused || isBusy(error)) return pending
    throw error
  }
}

/** Refused for the moment only: an event is running on the resource. */
function isBusy(error: unknown): boolean {
  return (error instanceof Unprocessable || error instanceof Conflict) && error.retryable
}

/**
 * Gives up on an action that has been under way for longer than any takes.
 * @throws {StepFailed}
 */
export function refuseOverdue({ timing }: StepWorld, action: Action, now: Date): void {
  if (now.getTime() - Date.parse(action.started_at) < timing.actionDeadlineMs) return
  throw new StepFailed(
    `the ${action.type} action ${action.id} has been under way since ${action.started_at}: ask DigitalOcean about it`,
    { effect: 'unknown' },
  )
}
