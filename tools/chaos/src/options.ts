/** What a chaos run does; see `--help`. */
export interface ChaosOptions {
  readonly sagas: number
  readonly workers: number
  /** How long faults happen and sagas are started. */
  readonly seconds: number
  readonly seed: number
  readonly leaseMs: number
  /** How many runs a worker works on at once. */
  readonly concurrency: number
  /** How many times faster than the real cloud the simulator is. */
  readonly speed: number
  /** The longest that runs may take to end once everything is whole again. */
  readonly drainSeconds: number
  /** Where data and logs go while it runs; removed unless there is a breach. */
  readonly folder: string
  /** Whether it is kept in any case. */
  readonly keep: boolean
  readonly faults: Readonly<Record<FaultFamily, boolean>>
}

/** What can be switched off one by one, to find what causes a breach. */
export const faultFamilies = [
  'kills',
  'stops',
  'postgres',
  'connections',
  'cloud',
  'cancels',
] as const
export type FaultFamily = (typeof faultFamilies)[number]
