import { join } from 'node:path'
import { silentLog } from '@arcadia-cloud/saga'
import type pg from 'pg'
import { migrateDatabase, openDatabase } from '../../../packages/arcadia/src/database/index.ts'
import { type CloudView, viewCloud } from './checks/index.ts'
import type { ChaosOptions } from './options.ts'
import type { Targets } from './plan.ts'
import { killAll } from './processes/child.ts'
import { type Folder, makeFolder } from './processes/folder.ts'
import { Postgres } from './processes/postgres.ts'
import { SimulatorProcess } from './processes/simulator.ts'
import { WorkerPlace } from './processes/worker-place.ts'
import { type Estate, openEstate } from './sagas/estate.ts'

/** Everything that runs, and what was there before anything was done. */
export interface Scene {
  readonly folder: string
  readonly postgres: Postgres
  readonly simulator: SimulatorProcess
  readonly workers: readonly WorkerPlace[]
  /** Beside the proxies: what is asked here is not cut. */
  readonly estate: Estate
  readonly targets: Targets
  readonly before: CloudView
  /** Ends all that runs; and removes what it has written, unless it is to be looked into. */
  close(options: { readonly keep: boolean }): Promise<void>
}

/** Few enough for locks to be waited for, and enough for all to have ended in time. */
const sagasPerDroplet = 10
const sagasPerCounter = 20
const least = 12

/** Starts it all. What was started is ended when that fails, or this process ends on the way. */
export async function openScene(
  options: ChaosOptions,
  onUnexpectedEnd: (what: string) => void,
): Promise<Scene> {
  const closers: (() => Promise<void>)[] = []
  let atExit = () => {}
  let folder: Folder | undefined
  const close = async ({ keep }: { readonly keep: boolean }) => {
    for (const closer of closers.splice(0).reverse()) await closer()
    if (!keep) await folder?.remove()
    process.off('exit', atExit)
  }
  try {
    folder = await makeFolder(options.folder)
    atExit = folder.removeNow
    process.on('exit', atExit)
    return await furnish(options, folder, closers, close, onUnexpectedEnd)
  } catch (error) {
    await close({ keep: false })
    throw error
  }
}

async function furnish(
  options: ChaosOptions,
  { path: folder }: Folder,
  closers: (() => Promise<void>)[],
  close: Scene['close'],
  onUnexpectedEnd: (what: string) => void,
): Promise<Scene> {
  const { seed, speed, sagas, workers: count, leaseMs, concurrency } = options
  const endProcesses = () => {
    killAll()
    postgres?.stopNow()
  }
  let postgres: Postgres | undefined
  // Before the folder's own listener: what still writes must be gone first.
  process.prependListener('exit', endProcesses)
  closers.push(async () => void process.off('exit', endProcesses))
  postgres = await Postgres.start(folder)
  closers.push(postgres.stop.bind(postgres))
  const simulator = await SimulatorProcess.start({
    // The account's limit of droplets is twice of that, or 1,000.
    resources: Math.max(100, sagas),
    seed,
    speed,
    logFile: join(folder, 'simulator.log'),
  })
  closers.push(() => simulator.end())
  await prepareDatabase(postgres.connection, sagas)
  const { connection } = postgres
  const estate = await openEstate({
    connection: { ...connection, connectionTimeoutMillis: 5_000 },
    simulatorUrl: simulator.url,
    speed,
    log: silentLog,
  })
  closers.push(() => estate.close())
  const before = await viewCloud(estate.client)
  const workers: WorkerPlace[] = []
  closers.push(async () => void (await Promise.all(workers.map((worker) => worker.destroy()))))
  for (let n = 0; n < count; n += 1) {
    const name = `worker-${n + 1}`
    const told = { name, simulatorUrl: simulator.url, speed, leaseMs, concurrency }
    const { user = '', database = '' } = connection
    workers.push(
      await WorkerPlace.open(
        { ...told, user, database },
        { folder, socketPath: postgres.socketPath, onUnexpectedEnd },
      ),
    )
  }
  const targets = targetsIn(before, sagas, estate.accountId)
  return { folder, postgres, simulator, workers, estate, targets, before, close }
}

export function targetsIn(before: CloudView, sagas: number, accountId: string): Targets {
  const active = before.droplets.filter(({ status }) => status === 'active')
  const few = Math.max(least, Math.round(sagas / sagasPerDroplet))
  return {
    accountId,
    dropletIds: active.slice(0, few).map(({ id }) => Number(id)),
    counters: countersFor(sagas),
  }
}

function countersFor(sagas: number): readonly string[] {
  const length = Math.max(least, Math.round(sagas / sagasPerCounter))
  return Array.from({ length }, (_, n) => `counter-${n + 1}`)
}

/** Makes the tables of the engine, of the control plane and of the sagas' own SQL. */
export async function prepareDatabase(connection: pg.PoolConfig, sagas: number): Promise<void> {
  const { pool, close } = openDatabase(connection, silentLog)
  try {
    await migrateDatabase(pool)
    await pool.query(chaosTables)
    await pool.query('insert into chaos.counters (key) select unnest($1::text[])', [
      countersFor(sagas),
    ])
  } finally {
    await close()
  }
}

const chaosTables = `
  create schema chaos;
  create table chaos.counters (key text primary key, value int not null default 0);
  create table chaos.marks (run_id uuid, step_idx int, primary key (run_id, step_idx));`
