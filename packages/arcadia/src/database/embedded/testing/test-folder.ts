import { execFile } from 'node:child_process'
import { access, chmod, constants, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, onTestFinished } from 'vitest'
import { deadlineIn } from '../deadline.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts'
import { readLock } from '../postmaster-lock.ts'
import { stopServer } from '../server-stop.ts'
import { type Holder, optionsFor, startHolder } from './holder.ts'

/**
 * A folder for one test, in memory where there is some, that every user can pass through. The
 * server on `<folder>/data`, if one still runs, is stopped before it is removed.
 */
export async function makeTestFolder(): Promise<string> {
  const folder = await makeFolder()
  onTestFinished(async () => {
    await stopServer(join(folder, 'data/postgres/data'))
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

/** The same, with a database in it already: a copy, which takes a tenth of the time of an initdb. */
export async function makeSeededFolder(): Promise<string> {
  const folder = await makeTestFolder()
  // The whole: a copied runtime, if the server needs one, is in it too.
  await promisify(execFile)('cp', ['-a', `${await seed()}/.`, folder])
  return folder
}

let seeded: Promise<string> | undefined

function seed(): Promise<string> {
  seeded ??= makeFolder().then(async (folder) => {
    const server = await startEmbeddedPostgres(optionsFor(folder))
    await server.stop()
    return folder
  })
  return seeded
}

afterAll(async () => {
  if (seeded !== undefined) await rm(await seeded, { recursive: true, force: true })
})

async function makeFolder(): Promise<string> {
  const inMemory = await access('/dev/shm', constants.W_OK).then(
    () => true,
    () => false,
  )
  const parent = inMemory ? '/dev/shm' : tmpdir()
  const folder = await mkdtemp(join(parent, `arcadia-test-${process.pid}-`))
  await chmod(folder, 0o711)
  return folder
}

/** Starts the server on `<folder>/data`, to be stopped when the test ends. */
export async function startIn(folder: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(optionsFor(folder))
  onTestFinished(() => server.stop())
  return server
}

/** Starts another program on `<folder>/data`, to be killed when the test ends. */
export function holderIn(folder: string, account?: Readonly<{ uid: number; gid: number }>): Holder {
  const holder = startHolder(folder, account)
  onTestFinished(holder.kill)
  return holder
}

/** The process id of the server on `<folder>/data`. */
export async function serverPid(folder: string): Promise<number> {
  const lock = await readLock(join(folder, 'data/postgres/data/postmaster.pid'))
  if (lock === undefined || lock === 'unreadable') throw new Error('no server runs')
  return lock.pid
}

/** Runs one statement in a session of its own. */
export async function query(server: EmbeddedPostgres, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client(server.connection)
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

/** Looks until the condition holds. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = deadlineIn(10_000)
  while (!(await condition())) {
    if (deadline.hasPassed()) throw new Error(`not so within 10 s: ${what}`)
    await deadline.pause()
  }
}
