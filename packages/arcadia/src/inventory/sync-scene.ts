import type { DigitalOcean } from '@arcadia-cloud/digitalocean'
import type { Log } from '@arcadia-cloud/saga'
import type { Account, Clouds } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import type { Kind } from '../kinds/index.ts'
import type { DatabaseClock, LocalClock } from './clock.ts'
import { turn } from './pace.ts'
import type { Occasion } from './recording.ts'

/** What a sync is given by its host. */
export interface SyncDeps {
  readonly db: Db
  readonly clouds: Clouds
  readonly log: Log
  /** Default: the machine's own. */
  readonly clock?: LocalClock
  /** The wait before a sync that failed begins again, in milliseconds. Default 2,000. */
  readonly retryMs?: number
}

/** All that the parts of one sync of one kind share. */
export interface SyncScene {
  readonly db: Db
  readonly cloud: DigitalOcean
  readonly log: Log
  readonly local: LocalClock
  readonly clock: DatabaseClock
  readonly account: Account
  readonly kind: Kind
  readonly syncId: string
  readonly signal: AbortSignal
  readonly occasion: Omit<Occasion, 'observedAt' | 'seenIn'>
}

/** Waits until this sync may send its next request. */
export function turnOf({ cloud, local, signal }: SyncScene): Promise<void> {
  return turn(cloud, local, signal)
}
