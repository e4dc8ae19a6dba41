import { createClient, type DigitalOcean, DigitalOceanError } from '@arcadia-cloud/digitalocean'
import { type Classifier, createEngine, type Engine, fail, type Log } from '@arcadia-cloud/saga'
import { postgresStore } from '@arcadia-cloud/saga/postgres'
import type pg from 'pg'
import {
  createClouds,
  ensureAccount,
  WritesRefused,
} from '../../../../packages/arcadia/src/accounts/index.ts'
import { openDatabase } from '../../../../packages/arcadia/src/database/index.ts'
import {
  provisioningSteps,
  type Timing,
  timingFor,
} from '../../../../packages/arcadia/src/provisioning/index.ts'
import { chaosSagas } from './sagas.ts'

export interface EstateOptions {
  readonly connection: pg.PoolConfig
  readonly simulatorUrl: string
  readonly speed: number
  readonly log: Log
  /** What is written down of every request; default: nothing. */
  readonly fetch?: typeof globalThis.fetch
}

/** A control plane over a database and a cloud, as far as sagas need one. */
export interface Estate {
  readonly engine: Engine
  readonly pool: pg.Pool
  readonly client: DigitalOcean
  readonly accountId: string
  close(): Promise<void>
}

/** Reads what errors of the client and of accounts say of themselves. */
const classify: Classifier = (error) =>
  error instanceof DigitalOceanError || error instanceof WritesRefused
    ? { effect: error.effect, retryable: error.retryable }
    : undefined

/**
 * The simulator's pace; but our own processes are as slow as they are, and the longest that a request
 * may be on its way is not shortened by a fast cloud.
 */
export function chaosTiming(speed: number): Timing {
  return {
    ...timingFor({ speed }),
    pollMs: 150,
    snapshotLagMs: 2_500,
    readLagMs: 15_000,
    settlesMs: 2_500,
    retryMs: 100,
    retryMaxMs: 1_000,
  }
}

/** Opens the database, which is migrated, and makes an engine of every saga. */
export async function openEstate(options: EstateOptions): Promise<Estate> {
  const { connection, simulatorUrl, speed, log } = options
  const { pool, db, close } = openDatabase(connection, log)
  const client = createClient({
    tokens: { read: 'chaos', provisioning: 'chaos' },
    baseUrl: simulatorUrl,
    perMinute: Number.POSITIVE_INFINITY,
    timeoutMs: 2_000,
    retries: { attempts: 3, baseMs: 50, capMs: 400 },
    fetch: options.fetch,
  })
  const account = await ensureAccount(db, {
    provider: 'digitalocean',
    name: 'chaos',
    simulated: true,
  })
  const timing = chaosTiming(speed)
  const deps = { db, clouds: createClouds({ db, clientFor: () => client }), timing }
  const engine = createEngine({
    store: postgresStore({ pool, log, answerMs: 5_000 }),
    sagas: chaosSagas({ client, pool, timing }, deps),
    steps: [...provisioningSteps(deps), fail],
    classify,
    log,
  })
  return { engine, pool, client, accountId: account.id, close }
}
