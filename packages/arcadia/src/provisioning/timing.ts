/**
 * How long DigitalOcean takes, and how long we look before we believe it; milliseconds. The values
 * are those that its official client and its Terraform provider wait with.
 */
export interface Timing {
  /** Between two looks at an action under way. */
  readonly pollMs: number
  /** The longest an action may take. */
  readonly actionDeadlineMs: number
  /** A finished snapshot shows up in listings at most so long after its action completed: 12 × 5 s. */
  readonly snapshotLagMs: number
  /** What a completed action did is to be seen on the droplet at most so long after. */
  readonly readLagMs: number
  /** How long an absence from a listing must last before it counts. */
  readonly settlesMs: number
  /** How long an operating system may take to shut down before the plug is pulled. */
  readonly shutdownMs: number
  /** The first wait before a refused call is made again, and the longest. */
  readonly retryMs: number
  readonly retryMaxMs: number
  /** How long an undo waits for an operator's word before the run is parked. */
  readonly operatorMs: number
}

const minute = 60_000

/** DigitalOcean's own pace. */
export const realTiming: Timing = {
  pollMs: 5_000,
  actionDeadlineMs: 60 * minute,
  snapshotLagMs: minute,
  readLagMs: minute,
  settlesMs: minute,
  shutdownMs: 2 * minute,
  retryMs: 5_000,
  retryMaxMs: minute,
  operatorMs: 30 * 24 * 60 * minute,
}

/** Below this polling would cost more than it saves. */
const leastPollMs = 50
/** Real requests take real time, however fast the clock behind them runs. */
const leastLagMs = 250
const leastDeadlineMs = 20_000

/**
 * The pace of a cloud that runs `speed` times as fast as the real one: a simulator's. What waits
 * for people is not shortened.
 */
export function timingFor({ speed }: { readonly speed: number }): Timing {
  if (!(speed > 0)) throw new TypeError(`speed is ${speed}: it must be greater than 0`)
  if (speed === 1) return realTiming
  const scaled = (ms: number, least: number) => Math.max(Math.round(ms / speed), least)
  return {
    pollMs: scaled(realTiming.pollMs, leastPollMs),
    actionDeadlineMs: scaled(realTiming.actionDeadlineMs, leastDeadlineMs),
    snapshotLagMs: scaled(realTiming.snapshotLagMs, leastLagMs),
    readLagMs: scaled(realTiming.readLagMs, leastLagMs),
    settlesMs: scaled(realTiming.settlesMs, leastLagMs),
    shutdownMs: scaled(realTiming.shutdownMs, leastLagMs),
    retryMs: scaled(realTiming.retryMs, leastPollMs),
    retryMaxMs: scaled(realTiming.retryMaxMs, leastLagMs),
    operatorMs: realTiming.operatorMs,
  }
}
