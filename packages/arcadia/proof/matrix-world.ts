import { createClient, type DigitalOcean } from '@arcadia-cloud/digitalocean'
import { openSimulator } from '@arcadia-cloud/digitalocean-simulator'
import { createEngine, type Queryable, silentLog } from '@arcadia-cloud/saga'
import { postgresStore } from '@arcadia-cloud/saga/postgres'
import type { MatrixCase, SimulatedClock } from '@arcadia-cloud/saga/testing'
import type pg from 'pg'
import { type Account, createClouds, ensureAccount } from '../src/accounts/index.ts'
import type { Db } from '../src/database/index.ts'
import { detectDriftSaga, type Locks } from '../src/drift/index.ts'
import type { ShippedDeps } from '../src/serve/shipped.ts'
import { type CutDatabase, cutDb } from './cut-database.ts'

/** A request, and its answer, as they are on the wire. */
interface Wire {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}
interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string | null
}

/** The world of a case: a simulated DigitalOcean, and the control plane's own tables. */
export interface ArcadiaWorld extends CutDatabase {
  readonly clock: SimulatedClock
  readonly account: Account
  /** Sends a request to the cloud. */
  ask(request: Wire): Promise<Answer>
  lockHolders(keys: readonly string[]): ReturnType<Locks['lockHolders']>
  lockReleases(since: number): ReturnType<Locks['lockReleases']>
  /** For whoever makes the world, and looks at it: never cut, and no call of a step's. */
  readonly behind: () => BehindTheScenes
}

/** What nobody's faults get in the way of. */
export interface BehindTheScenes {
  readonly db: Db
  readonly cloud: DigitalOcean
  /** Calls a control route of the simulator, e.g. `/droplets`. */
  control(path: string, body: object): Promise<unknown>
  /** Looks at the cloud as it is when all that is under way has ended, and no reading lags. */
  later<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Actions take a tenth of their time, so that less of a case is looking; what lags, lags as it does. */
const pace = 10

/** Longer than anything takes in the simulated cloud. */
const laterMs = 3_600_000

/** A new world, with an account of its own: cases share the database. */
export async function arcadiaWorld(
  pool: pg.Pool,
  { id, clock }: MatrixCase,
): Promise<ArcadiaWorld> {
  let aheadMs = 0
  const simulator = await openSimulator({
    seed: { resources: 0 },
    rateLimits: false,
    speed: pace,
    lagMs: {
      read: 1_000 * pace,
      list: 3_000 * pace,
      snapshot: 8_000 * pace,
      deleted: 10_000 * pace,
    },
    clock: { now: () => clock.now() + aheadMs },
  })
  const database: CutDatabase = {
    query: timed(pool, clock).query,
    transaction: (work) => inTransaction(pool, clock, work),
  }
  const db = cutDb(database)
  const account = await ensureAccount(db, {
    provider: 'digitalocean',
    name: id,
    simulated: true,
  })
  const ask = async ({ url, signal, ...init }: Wire): Promise<Answer> => {
    // What has not left when it is aborted never leaves; what has is not stopped any more.
    signal?.throwIfAborted()
    const response = await simulator.fetch(url, init)
    const { status, headers } = response
    return { status, headers: Object.fromEntries(headers), text: await response.text() }
  }
  const locks = createEngine({ store: postgresStore({ pool, now: clock.now }) })
  const behind: BehindTheScenes = {
    db,
    cloud: clientOver(ask, clock),
    control: async (path, body) => {
      const url = `${host}/_simulator${path}`
      const { status, text } = await ask({
        ...{ url, method: 'POST', headers: {} },
        body: JSON.stringify(body),
      })
      if (status >= 400) throw new Error(`${path}: ${text}`)
      return JSON.parse(text ?? 'null')
    },
    later: async (work) => {
      aheadMs = laterMs
      try {
        return await work()
      } finally {
        aheadMs = 0
      }
    },
    close: () => simulator.close(),
  }
  return {
    ...database,
    clock,
    account,
    ask,
    lockHolders: (keys) => locks.lockHolders(keys),
    lockReleases: (since) => locks.lockReleases(since),
    behind: () => behind,
  }
}

/** What the shipped sagas are made with in a process of the case. */
export function depsOver(pool: pg.Pool, world: ArcadiaWorld): ShippedDeps {
  const { clock, account } = world
  const db = cutDb(world)
  const cloud = clientOver(world.ask, clock)
  const clouds = createClouds({ db, clientFor: () => cloud })
  const locks = { lockHolders: world.lockHolders, lockReleases: world.lockReleases }
  const starting = createEngine({
    store: postgresStore({ pool, now: clock.now }),
    sagas: [detectDriftSaga({ db, clouds, locks })],
  })
  return {
    ...{ db, clouds, locks, log: silentLog, speed: 1, accountId: account.id },
    engine: () => starting,
    clock: { now: clock.now, sleep: (ms, signal) => sleep(clock, ms, signal) },
  }
}

const host = 'http://simulator'

/** A client that repeats nothing: every fault reaches the step. Real time decides nothing. */
function clientOver(ask: ArcadiaWorld['ask'], clock: SimulatedClock): DigitalOcean {
  return createClient({
    tokens: { read: 'token', provisioning: 'token' },
    baseUrl: host,
    timeoutMs: 600_000,
    perMinute: Number.POSITIVE_INFINITY,
    retries: { attempts: 1 },
    clock: { now: () => clock.now(), sleep: (ms, signal) => sleep(clock, ms, signal) },
    fetch: async (input, init) => {
      const { body, method = 'GET', headers, signal } = init ?? {}
      const request = {
        ...{ url: String(input), method, headers: Object.fromEntries(new Headers(headers)) },
        ...(typeof body === 'string' ? { body } : {}),
        ...(signal ? { signal } : {}),
      }
      const { status, text, ...rest } = await unlessAborted(ask(request), signal)
      return new Response(status === 204 ? null : text, { status, ...rest })
    },
  })
}

async function unlessAborted<T>(asked: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  return Promise.race([asked, aborted])
}

function sleep(clock: SimulatedClock, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stop = clock.after(ms, resolve)
  signal.addEventListener('abort', () => {
    stop()
    reject(signal.reason)
  })
  return promise
}

type Sender = { query(text: string, values: unknown[]): Promise<pg.QueryResult> }

/** By the case's time, where a statement asks the database for its own. */
function timed(client: Sender, clock: SimulatedClock): Queryable {
  return {
    query: async (text, values = []) => {
      if (!text.includes('clock_timestamp()')) return client.query(text, [...values])
      const now = `$${values.length + 1}::timestamptz`
      return client.query(text.replaceAll('clock_timestamp()', now), [
        ...values,
        new Date(clock.now()),
      ])
    },
  }
}

async function inTransaction(
  pool: pg.Pool,
  clock: SimulatedClock,
  work: (tx: Queryable) => Promise<void>,
): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await work(timed(client, clock))
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
