import { type DigitalOcean, NotFound } from '@arcadia-cloud/digitalocean'
import type { Clouds } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import { type DatabaseClock, recordDeletion, recordObservation } from '../inventory/index.ts'
import { type Attrs, kindOf } from '../kinds/index.ts'

/** A resource to be read again. */
export interface Doubtful {
  readonly resource_id: string
  readonly account_id: string
  readonly kind: string
  readonly external_id: string
  readonly attrs: Attrs
}

export interface ConfirmationDeps {
  readonly db: Db
  readonly clouds: Clouds
  readonly clock: DatabaseClock
  readonly settleMs: (kind: string) => number
  readonly signal: AbortSignal
  readonly sagaId: string | undefined
}

/** Requests at once. */
const atOnce = 8

/**
 * Reads resources by their own ids, into the inventory. At most half of the token's hourly budget
 * goes to this: what does not fit waits for the next sweep.
 * @returns the ids of those that were read; the others are as they were
 */
export async function confirm(
  deps: ConfirmationDeps,
  doubtful: readonly Doubtful[],
): Promise<ReadonlySet<string>> {
  const confirmed = new Set<string>()
  const queue = [...doubtful]
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      deps.signal.throwIfAborted()
      if (await confirmOne(deps, next)) confirmed.add(next.resource_id)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, work))
  return confirmed
}

/** Whether it was read. An error is no answer: it says nothing of the resource. */
async function confirmOne(deps: ConfirmationDeps, doubtful: Doubtful): Promise<boolean> {
  const { db, clouds, clock, signal, sagaId } = deps
  const { account_id: accountId, kind, external_id: externalId } = doubtful
  const observedAt = clock.now()
  const saga = sagaId === undefined ? {} : { sagaId }
  try {
    const cloud = await clouds.reading(accountId)
    if (!hasBudget(cloud)) return false
    const raw = await kindOf(kind).get(cloud, externalId, { signal })
    await recordObservation(db, { accountId, kind, raw, observedAt, ...saga })
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof NotFound) || isNewborn(deps, doubtful)) return false
    await recordDeletion(db, { accountId, kind, externalId, observedAt, ...saga })
    return true
  }
}

function hasBudget(cloud: DigitalOcean): boolean {
  const { read } = cloud.rateLimits()
  return read === undefined || read.remaining > read.limit / 2
}

/** A GET just after a create may answer 404. */
function isNewborn({ clock, settleMs }: ConfirmationDeps, { kind, attrs }: Doubtful): boolean {
  const bornAt = Date.parse(kindOf(kind).bornAt(attrs) ?? '')
  return bornAt > clock.now().getTime() - settleMs(kind)
}
