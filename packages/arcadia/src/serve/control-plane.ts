import {
  createEngine,
  type Engine,
  type Log,
  type Operating,
  type SagaDefinition,
} from '@arcadia-cloud/saga'
import { postgresStore } from '@arcadia-cloud/saga/postgres'
import type { Pool } from 'pg'
import {
  type Account,
  AccountError,
  createClouds,
  enableWrites,
  ensureAccount,
  getAccount,
  type Refusal,
  WritesRefused,
} from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import type { Locks } from '../drift/index.ts'
import type { ApiDeps, SagaStarts } from '../http/index.ts'
import { classify } from './classify.ts'
import type { Cloud } from './cloud.ts'
import { createOperating } from './operating.ts'
import { type ShippedDeps, shippedSagas, shippedSteps } from './shipped.ts'
import { createStarts } from './starts.ts'

/** The features and the engine that runs their sagas, put together. */
export interface ControlPlane {
  readonly engine: Engine
  readonly starts: SagaStarts
  /** See {@link ApiDeps}. */
  readonly operating: Operating
  readonly account: Account
  /** See {@link ApiDeps}. */
  readonly enableWrites: ApiDeps['enableWrites']
  /** Whether an error means that the database does not answer for the moment. */
  readonly isTransient: (error: unknown) => boolean
}

interface Parts {
  readonly db: Db
  readonly pool: Pool
  readonly cloud: Cloud
  readonly log: Log
  /** Sagas beside those that come with it. */
  readonly sagas?: readonly SagaDefinition[]
}

/** The account is in the database, and of a cloud that this program was given no token for. */
class NoTokenForAccount extends AccountError {
  override readonly name = 'NoTokenForAccount'
  readonly code = 'no_token_for_account'

  constructor({ name, simulated }: Account) {
    super(
      simulated
        ? `the account "${name}" is a simulator's, and this program was started with the token of a real one`
        : `this program was started without a token for the account "${name}"`,
    )
  }
}

/** Why this program could make no change to an account, whatever an operator allows. */
function tokenRefusal(asked: Account, own: Account, { canWrite }: Cloud): Refusal | undefined {
  if (asked.id === own.id && canWrite) return undefined
  const what =
    asked.id === own.id
      ? `can only read the account "${asked.name}": it was given a DIGITALOCEAN_READ_TOKEN alone. Start it with a DIGITALOCEAN_PROVISIONING_TOKEN too`
      : `works on the account "${own.name}", and has no DIGITALOCEAN_PROVISIONING_TOKEN for "${asked.name}". Start it with that account's tokens`
  return {
    code: 'no_provisioning_token',
    message: `this program ${what}; nothing was changed`,
  }
}

/** Makes the account, the engine with every saga and step, and the schedules. */
export async function createControlPlane(parts: Parts): Promise<ControlPlane> {
  const { db, pool, cloud, log, sagas = [] } = parts
  const { provider, accountName: name, simulated, writesEnabled, client, speed } = cloud
  const account = await ensureAccount(db, { provider, name, simulated, writesEnabled })
  const clouds = createClouds({
    db,
    clientFor: (asked) => {
      if (asked.id !== account.id) throw new NoTokenForAccount(asked)
      return client
    },
  })
  const refusedByToken = async (id: string) =>
    tokenRefusal(await getAccount(db, id), account, cloud)
  const store = postgresStore({ pool, log })
  // The sweep asks who holds locks, which the engine knows, which knows the sweep.
  const locks: Locks = {
    lockHolders: (keys) => engine.lockHolders(keys),
    lockReleases: (since) => engine.lockReleases(since),
  }
  const shipped: ShippedDeps = {
    ...{ db, clouds, log, locks, speed },
    accountId: account.id,
    engine: () => engine,
  }
  const engine: Engine = createEngine({
    store,
    sagas: [...shippedSagas(shipped), ...sagas],
    steps: shippedSteps(shipped),
    classify,
    log,
    retention: { kinds: { sync_account: routineKept, detect_drift: routineKept } },
  })
  await ensureSchedules(engine, account)
  return {
    engine,
    starts: createStarts({ db, pool, engine, refusedByToken }),
    operating: createOperating({ db, engine, refusedByToken }),
    account,
    enableWrites: async (id, actor) => {
      const refusal = await refusedByToken(id)
      if (refusal !== undefined) throw new WritesRefused(refusal)
      return enableWrites(db, id, actor)
    },
    isTransient: (error) => store.isTransient(error),
  }
}

/** How long the runs of what the clock starts are kept. What has changed a cloud is kept for good. */
const routineKept = '30d'

/** A sync at :15 of every hour, and a sweep at :20 for what a sync did not bring to light. */
async function ensureSchedules(engine: Engine, { id }: Account): Promise<void> {
  const input = { account_id: id }
  await engine.ensureSchedule({ name: 'sync', cron: '15 * * * *', kind: 'sync_account', input })
  await engine.ensureSchedule({
    name: 'detect_drift',
    cron: '20 * * * *',
    kind: 'detect_drift',
    input,
  })
}
