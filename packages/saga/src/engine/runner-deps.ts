import type { Classifier } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Clock } from './clock.ts'
import type { ExecutionDeps } from './execution.ts'
import type { PayloadLimits } from './payload.ts'
import type { ClaimSecrets } from './secrets.ts'
import type { Stray } from './strays.ts'

/** What running a claimed run takes. */
export interface RunnerDeps extends ExecutionDeps {
  readonly clock: Clock
  /** Of a child. */
  readonly newId: () => string
  /** From 0 to 1. */
  readonly random: () => number
  readonly classify: Classifier
  /** Its lines carry the run, and none the value of a secret. */
  readonly log: Log
  readonly secrets: ClaimSecrets
  readonly payloadLimits: PayloadLimits
  /** Tells whoever holds the run now of an effect that this worker could not write down. */
  readonly reportStray: (stray: Stray) => void
}
