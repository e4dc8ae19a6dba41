import type pg from 'pg'
import { z } from 'zod'
import { one, three, waiting } from '../bench/scale/sagas.ts'
import {
  approval,
  child,
  createEngine,
  type Engine,
  StepFailed,
  saga,
  signal,
  step,
  transact,
  type Worker,
} from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'

const nothing = z.object({})
const noop = (name: string) => step(name, { idempotent: true, do: () => {}, undo: () => {} })
const refuse = () => {
  throw new StepFailed('refused')
}

const failing = saga('failing', nothing)
  .step(noop('one'))
  .step(step('fails', { idempotent: true, do: refuse, undo: () => {}, retry: { attempts: 1 } }))
const parent = saga('parent', nothing).step(child(three, { as: 'grown' }))
const locking = saga('locking', z.object({ key: z.string() }), {
  locks: ({ key }) => [`volume/${key}`, 'volume/all'],
})
  .step(noop('one'))
  .step(signal('go'))
const sql = saga('sql', nothing).step(
  transact('write', {
    do: async (tx) => void (await tx.query('select 1')),
    undo: async () => {},
  }),
)
const asking = saga('asking', nothing).step(approval('yes'))

const known = [one, three, ...waiting, failing, parent, locking, sql, asking]

const day = 86_400_000
const first = { priority: 'high' } as const

/** Has an engine do everything once that it asks of its store in a day. */
export async function workThrough(pool: pg.Pool): Promise<void> {
  const store = postgresStore({ pool })
  const engine = createEngine({ store, sagas: known, retention: { after: '28d' } })
  const worker = engine.createWorker({ concurrency: 50 })
  const { failed } = await run(engine, worker)
  await ask(engine, failed)
  await fire(engine, worker, pool)
  const { data: young } = await engine.list({ limit: 200 })
  await store.listSignals({ runIds: young.map(({ id }) => id) })
  await store.listHeldRuns({ worker: 'worker-1' })
  await store.readWrite({ runId: failed })
  await store.readQueue({ kinds: known })
  const lease = { worker: 'worker-1', name: 'worker-1', leaseMs: 3_600_000 }
  await store.renewLease({ ...lease, first: false })
  await store.pruneRuns({ kind: 'one', olderThanMs: 29 * day, limit: 500, wait: false })
  await store.pruneLeftovers({ olderThanMs: 29 * day, limit: 500 })
  await worker.stop()
  const limits = { total: 100_000, kinds: { three: 100_000, awaiting: 10 } }
  const limited = createEngine({ store, sagas: known, limits }).createWorker({ concurrency: 20 })
  await limited.tick()
  await limited.stop()
}

/** Starts, signals, and rounds of a worker, until all of its own is over. */
async function run(engine: Engine, worker: Worker): Promise<{ failed: string }> {
  const key = `start-${Math.random()}`
  for (let n = 0; n < 120; n += 1) await engine.start(three, {}, { ...first, key: `${key}-${n}` })
  await engine.start(three, {}, { key: `${key}-1` })
  const { id: failed } = await engine.start(failing, {}, first)
  await engine.start(parent, {}, first)
  await engine.start(sql, {}, first)
  const locks: string[] = []
  for (let n = 0; n < 10; n += 1) {
    locks.push((await engine.start(locking, { key: `${n}` }, first)).id)
  }
  const asked = await engine.start(asking, {}, first)
  const sleeper = await engine.startKind('sleeping', {}, first)
  const early = await engine.startKind('awaiting', {}, first)
  await engine.signal(early.id, 'paid')
  for (let n = 0; n < 6; n += 1) await worker.tick()
  await engine.approve(asked.id)
  await engine.cancel(sleeper.id)
  for (const id of locks) await engine.signal(id, 'go')
  for (let n = 0; n < 4; n += 1) await worker.tick()
  return { failed }
}

/** What operators and their pages ask. */
async function ask(engine: Engine, id: string): Promise<void> {
  await engine.get(id)
  await engine.events(id)
  await engine.list({})
  await engine.list({ status: 'parked' })
  await engine.list({ status: 'completed', limit: 200 })
  await engine.list({ kind: 'failing' })
  await engine.list({ kind: 'three', status: 'running' })
  await engine.list({ kind: 'one', status: 'completed', limit: 200 })
  await engine.list({ rootId: id })
  await engine.stranded()
  await engine.lockHolders(['volume/1', 'volume/2'])
  await engine.lockReleases(Date.now() - 1_000)
}

async function fire(engine: Engine, worker: Worker, pool: pg.Pool): Promise<void> {
  const at = { cron: '0 3 * * *', timeZone: 'UTC' }
  await engine.ensureSchedule({ name: 'nightly', ...at, kind: 'three', input: {} })
  await engine.runSchedule('nightly')
  await pool.query(`update saga.saga_schedules set next_at = now() where name = 'nightly'`)
  await worker.tick()
}
