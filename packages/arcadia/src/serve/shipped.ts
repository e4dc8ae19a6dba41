import {
  type Engine,
  echo,
  fail,
  type Log,
  type SagaDefinition,
  type StepDefinition,
  transact,
} from '@arcadia-cloud/saga'
import { z } from 'zod'
import type { Clouds } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import { detectDriftSaga, type Locks } from '../drift/index.ts'
import { type LocalClock, syncAccountSaga } from '../inventory/index.ts'
import {
  permittedAdHocSteps,
  provisioningSagas,
  provisioningSteps,
  timingFor,
} from '../provisioning/index.ts'

/** What the sagas that come with this program are made with. */
export interface ShippedDeps {
  readonly db: Db
  readonly clouds: Clouds
  readonly log: Log
  readonly locks: Locks
  /** How many times faster than the real cloud this one is. */
  readonly speed: number
  /** The account meant where a sync names none. */
  readonly accountId: string
  /** Which starts the sweep after a sync; it is made with the sagas itself. */
  readonly engine: () => Pick<Engine, 'startKind'>
  /** Default: the machine's own. */
  readonly clock?: LocalClock
}

/** Every saga that comes with this program. */
export function shippedSagas(deps: ShippedDeps): readonly SagaDefinition[] {
  const { db, clouds, log, locks, speed, clock } = deps
  const timed = clock === undefined ? {} : { clock }
  return [
    ...provisioningSagas({ db, clouds, timing: timingFor({ speed }) }),
    syncAccountSaga({ db, clouds, log, ...timed }).step(detectNext(deps)),
    detectDriftSaga({ db, clouds, locks, speed, ...timed }),
  ]
}

/** Every step that an ad-hoc plan may name. */
export function shippedSteps({ db, clouds, speed }: ShippedDeps): readonly StepDefinition[] {
  const permitted = new Set(permittedAdHocSteps)
  const steps = provisioningSteps({ db, clouds, timing: timingFor({ speed }) })
  return [echo, fail, ...steps.filter(({ name }) => permitted.has(name))]
}

/**
 * The last step of a sync: the sweep that judges what it has read. It starts in the transaction that
 * ends the sync, so that every complete sync has one, and no other has.
 */
function detectNext({ engine, accountId }: ShippedDeps) {
  return transact('start_drift_detection', {
    input: z.object({ account_id: z.uuid().optional() }),
    do: async (tx, { input, run }) => {
      const { id } = await engine().startKind(
        'detect_drift',
        { account_id: input.account_id ?? accountId },
        { tx, key: `after-sync/${run.id}`, actor: `saga:${run.id}` },
      )
      return { detection_saga_id: id }
    },
  })
}
