import type { Classifier } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Clock } from './clock.ts'
import type { ExecutionDeps } from './execution.ts'

/** What running a claimed run takes. */
export interface RunnerDeps extends ExecutionDeps {
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly classify: Classifier
  readonly log: Log
}
