import { resolve } from 'node:path'
import type { Worker } from '@arcadia-cloud/saga'
import type { Logger } from 'pino'
import manifest from '../../package.json' with { type: 'json' }
import { authenticate } from '../access/index.ts'
import { freezeState, listAccounts, markServed } from '../accounts/index.ts'
import { createApi, type HttpServer, listen } from '../http/index.ts'
import { listResources } from '../inventory/index.ts'
import type { AdminToken, Settings } from '../settings/index.ts'
import { registeredAdminToken } from './admin.ts'
import { type Closers, createClosers } from './closers.ts'
import { type Cloud, configuredCloud } from './cloud.ts'
import { type ControlPlane, createControlPlane } from './control-plane.ts'
import { openProgramDatabase, type ProgramDatabase } from './database.ts'
import { codeIn, StartError, unusableFolder } from './errors.ts'
import { prepareFirstStart } from './first-start.ts'
import { startFirstSync } from './first-sync.ts'
import { greeting, type Running } from './greeting.ts'
import { createLog, type TextSink } from './log.ts'
import { readinessOf, schemaVersions } from './readiness.ts'
import { findSimulator, runSimulator, type StartSimulator } from './simulator.ts'

/** Where a program tells what it does; a process is one. */
export interface ProgramIo {
  /** For people: what runs where. */
  readonly stdout: TextSink
  /** For the log. */
  readonly stderr: TextSink
  /** Aborted: do not go on starting. */
  readonly signal?: AbortSignal
}

/** The control plane, running. */
export interface Served {
  /** Of the API, without a slash at the end. */
  readonly url: string
  /** Of the simulator, when this program runs one. */
  readonly simulatorUrl?: string
  /** The first administrator's. */
  readonly adminToken: string
  /** Takes no more requests, drains the worker, then stops everything in turn. Safe to repeat. */
  stop(): Promise<void>
}

export interface RunningWorker {
  readonly name: string
  stop(): Promise<void>
}

export interface Migrated {
  readonly database: string
  readonly saga: number
  readonly arcadia: number
}

/** How long what is under way may take when the program stops. */
const graceMs = 10_000
const readyWithinMs = 15_000
const readyLookMs = 20

/** The API, a worker, the schedules, and all that they need. */
export function serveWith(startSimulator: StartSimulator) {
  return (settings: Settings, io: ProgramIo): Promise<Served> =>
    opening(settings, io, async (log, closers) => {
      io.stdout.write(`Starting ArcadiaCloud ${manifest.version} …\n`)
      const database = await openProgramDatabase(settings, log, closers)
      goOn(io)
      const admin = await registeredAdminToken(settings, database.db)
      const cloud =
        (await configuredCloud(settings)) ??
        (await runSimulator(startSimulator, settings, log, closers))
      const plane = await createControlPlane({ ...database, cloud, log })
      await markServed(database.db, plane.account.id)
      goOn(io)
      const server = await openDoors(settings, { log, database, plane, closers })
      const firstSync = await prepare({ io, log, database, plane, cloud })
      const running = { settings, server, cloud, database, admin, plane, firstSync }
      io.stdout.write(greeting(await describe(running)))
      return {
        url: server.url,
        ...(cloud.ownSimulatorUrl === undefined ? {} : { simulatorUrl: cloud.ownSimulatorUrl }),
        adminToken: admin.token.reveal(),
        stop: closers.close,
      }
    })
}

/** A worker without the API: more of them share the work, on any machine. */
export function startWorker(settings: Settings, io: ProgramIo): Promise<RunningWorker> {
  return opening(settings, io, async (log, closers) => {
    const database = await openProgramDatabase(settings, log, closers)
    const cloud = (await configuredCloud(settings)) ?? (await findSimulator(settings))
    const { engine } = await createControlPlane({ ...database, cloud, log })
    goOn(io)
    const worker = engine.createWorker()
    worker.start()
    closers.add('worker', () => worker.stop({ graceMs }))
    io.stdout.write(
      `Worker ${worker.name} runs what is due in ${database.description}, on the cloud at ${cloud.url}. Ctrl-C stops it.\n`,
    )
    return { name: worker.name, stop: closers.close }
  })
}

/** Brings the schemas to this program's version, and nothing else. */
export function migrateOnly(settings: Settings, io: ProgramIo): Promise<Migrated> {
  return opening(settings, io, async (log, closers) => {
    const { pool, description } = await openProgramDatabase(settings, log, closers)
    const versions = await schemaVersions(pool)
    await closers.close()
    io.stdout.write(
      `The schemas in ${description} are at this program's versions: saga ${versions.saga}, arcadia ${versions.arcadia}.\n`,
    )
    return { database: description, ...versions }
  })
}

/** Runs the start of a program; what it had opened is closed again when it fails. */
async function opening<T>(
  settings: Settings,
  io: ProgramIo,
  open: (log: Logger, closers: Closers) => Promise<T>,
): Promise<T> {
  const log = createLog(settings.logLevel, io.stderr)
  const dataDir = resolve(settings.dataDir)
  const closers = createClosers((name, error) => {
    log.error({ err: error }, `the ${name} did not close as it should`)
  })
  try {
    return await open(log, closers)
  } catch (error) {
    // What else goes wrong now has been logged; why it did not start is what counts.
    await closers.close().catch(() => undefined)
    goOn(io)
    throw unusableFolder(error, dataDir) ?? error
  }
}

function goOn({ signal }: ProgramIo): void {
  signal?.throwIfAborted()
}

interface Doors {
  readonly log: Logger
  readonly database: ProgramDatabase
  readonly plane: ControlPlane
  readonly closers: Closers
}

/** Listens, and works. Closed in the opposite order: no new requests, the worker, the open ones. */
async function openDoors(settings: Settings, { log, database, plane, closers }: Doors) {
  const { db, pool } = database
  const versions = await schemaVersions(pool)
  const worker: Worker = plane.engine.createWorker()
  const api = createApi({
    db,
    engine: plane.engine,
    starts: plane.starts,
    operating: plane.operating,
    enableWrites: plane.enableWrites,
    isTransient: plane.isTransient,
    authenticate: (token) => authenticate(db, token),
    readiness: () => readinessOf(pool, versions, worker.name),
    log,
  })
  const server = await listenOrSay(api, settings)
  closers.add('HTTP server', () => server.close(graceMs))
  worker.start()
  closers.add('worker', () => worker.stop({ graceMs }))
  closers.add('door', async () => server.refuseNew())
  await untilReady(() => readinessOf(pool, versions, worker.name), log)
  return server
}

async function listenOrSay(
  api: Parameters<typeof listen>[0],
  { host, port }: Settings,
): Promise<HttpServer> {
  try {
    return await listen(api, { host, port })
  } catch (error) {
    const code = codeIn(error)
    const why =
      code === 'EADDRINUSE'
        ? 'something else listens there (another ArcadiaCloud?)'
        : error instanceof Error
          ? error.message
          : String(error)
    throw new StartError(
      'port_unusable',
      `The API cannot listen on ${host}, PORT ${port}: ${why}. Choose another PORT (0: any that is free) or HOST.`,
      { cause: error },
    )
  }
}

async function untilReady(look: () => ReturnType<typeof readinessOf>, log: Logger): Promise<void> {
  const end = performance.now() + readyWithinMs
  for (;;) {
    const checks = await look()
    if (Object.values(checks).every(({ ok }) => ok)) return
    if (performance.now() > end) {
      log.warn({ checks }, 'started, but not ready')
      return
    }
    await new Promise((resolve) => setTimeout(resolve, readyLookMs))
  }
}

interface Preparation {
  readonly io: ProgramIo
  readonly log: Logger
  readonly database: ProgramDatabase
  readonly plane: ControlPlane
  readonly cloud: Cloud
}

/**
 * Sees to it that there is something in the inventory. Only a simulator of our own is waited for and
 * changed: what is another's is not for us to change behind backs.
 * @returns the saga that reads the account for the first time, while it does
 */
async function prepare(preparation: Preparation): Promise<string | undefined> {
  const { io, log, database, plane, cloud } = preparation
  const simulatorUrl = cloud.ownSimulatorUrl
  if (simulatorUrl === undefined) {
    const { engine, account } = plane
    return startFirstSync({ db: database.db, engine, accountId: account.id })
  }
  const signal = io.signal ?? new AbortController().signal
  try {
    const { engine, account } = plane
    await prepareFirstStart({
      db: database.db,
      engine,
      accountId: account.id,
      simulatorUrl,
      log,
      signal,
    })
  } catch (error) {
    signal.throwIfAborted()
    log.warn({ err: error }, 'the simulated fleet is not prepared; the next start tries again')
  }
  return undefined
}

interface Describable {
  readonly settings: Settings
  readonly server: HttpServer
  readonly cloud: Cloud
  readonly database: ProgramDatabase
  readonly admin: AdminToken
  readonly plane: ControlPlane
  readonly firstSync: string | undefined
}

async function describe(describable: Describable): Promise<Running> {
  const { settings, server, cloud, database, admin, plane, firstSync } = describable
  const { account } = plane
  const page = await listResources(database.db, {
    kind: 'droplet',
    accountId: account.id,
    limit: 50,
  })
  // Not the first two: those are the ones that differ.
  const droplet = page.data.slice(2).find(({ status }) => status === 'active')
  return {
    version: manifest.version,
    url: server.url,
    port: server.port,
    host: settings.host,
    cloud,
    database: database.description,
    databaseFolder: database.folder,
    dataDir: resolve(settings.dataDir),
    admin,
    writesEnabled: account.writesEnabled,
    freeze: await freezeState(database.db),
    firstSync,
    accountId: (await listAccounts(database.db)).length > 1 ? account.id : undefined,
    dropletId: droplet?.external_id,
  }
}
