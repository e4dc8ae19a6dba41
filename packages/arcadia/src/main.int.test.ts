import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startSimulator } from '@arcadia-cloud/digitalocean-simulator'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/index.ts'
import { makeTestFolder } from './database/embedded/testing/test-folder.ts'
import { pageSchema } from './http/pages.ts'
import { accountSchema } from './http/schemas/account.ts'
import { driftSchema } from './http/schemas/drift.ts'
import { resourceSchema } from './http/schemas/resource.ts'
import { clientOf } from './http/testing/client.ts'
import { explainStart, migrateOnly, type Served, serve, startWorker } from './main.ts'
import { type Heard, heard } from './serve/testing/sinks.ts'
import { parseSettings } from './settings/index.ts'

const quick = { PORT: '0', SIMULATOR_PORT: '0', SIMULATOR_SPEED: '1000', LOG_LEVEL: 'trace' }

async function database(): Promise<TestDatabase> {
  const made = await createTestDatabase()
  onTestFinished(() => made.drop())
  return made
}

/** On a folder of its own, with the tests' database unless told otherwise. */
async function environment(more: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  const folder = await makeTestFolder()
  return { ...quick, DATA_DIR: join(folder, 'data'), ...more }
}

async function served(env: NodeJS.ProcessEnv, io: Heard = heard()): Promise<Served> {
  const program = await serve(parseSettings(env), io)
  onTestFinished(() => program.stop())
  return program
}

/** Why it does not start, in one line. */
async function refusal(start: Promise<unknown>) {
  const error: unknown = await start.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const explained = explainStart(error)
  expect(explained, String(error)).toBeDefined()
  expect(explained?.message).not.toContain('\n')
  return explained
}

const waiting = (program: Served) =>
  clientOf(program.url, program.adminToken).get('/api/v1/drift', pageSchema(driftSchema))

test('on an empty folder everything is there, and it is all there again after a restart', async () => {
  const env = await environment()
  const io = heard()
  const first = await served(env, io)
  expect(io.told()).toContain(first.url)
  expect(io.told()).toContain(first.simulatorUrl)
  expect(io.told()).toContain(first.adminToken)
  expect(io.logged()).not.toContain(first.adminToken)
  const before = await waiting(first)
  expect(before.data).toHaveLength(2)
  const anonymous = clientOf(first.url, undefined)
  expect((await anonymous.call('GET', '/readyz')).status).toBe(200)
  await Promise.all([first.stop(), first.stop()])
  await expect(anonymous.call('GET', '/healthz')).rejects.toThrow()

  const second = await served(env)
  expect(second.adminToken).toBe(first.adminToken)
  expect(await waiting(second)).toEqual(before)
})

test('stopping lets a request that is under way be answered, and takes no other', async () => {
  const { connectionString, pool } = await database()
  const program = await served(await environment({ DATABASE_URL: connectionString }))
  const client = clientOf(program.url, program.adminToken)
  const blocker = await pool.connect()
  await blocker.query('begin; lock table arcadia.cloud_resources in access exclusive mode')
  const answer = client.call('GET', '/api/v1/resources')
  await expect.poll(() => isWaitingForLock(pool)).toBe(true)
  const stopped = program.stop()
  await expect
    .poll(() =>
      client.call('GET', '/healthz').then(
        ({ status }) => status,
        () => 'refused',
      ),
    )
    .toBe('refused')
  await blocker.query('rollback')
  blocker.release()
  expect(await answer).toMatchObject({ status: 200 })
  await stopped
})

async function isWaitingForLock(pool: TestDatabase['pool']): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rowCount !== 0
}

test('a worker beside it works on the same database and the same simulator', async () => {
  const { connectionString, pool } = await database()
  const env = await environment({ DATABASE_URL: connectionString })
  const program = await served(env)
  const { port } = new URL(program.simulatorUrl ?? '')
  const io = heard()
  const worker = await startWorker(parseSettings({ ...env, SIMULATOR_PORT: port }), io)
  onTestFinished(() => worker.stop())
  expect(io.told()).toContain(worker.name)
  const leases = () => pool.query('select from saga.saga_workers where lease_until > now()')
  await expect.poll(async () => (await leases()).rowCount).toBe(2)
  await worker.stop()
  expect((await leases()).rowCount).toBe(1)
})

test('an administrator token that is given is good, and is not shown', async () => {
  const { connectionString } = await database()
  const token = 'a-token-of-my-own'
  const env = await environment({ DATABASE_URL: connectionString, ARCADIA_ADMIN_TOKEN: token })
  const io = heard()
  const program = await served(env, io)
  expect(await clientOf(program.url, token).call('GET', '/api/v1/tokens')).toMatchObject({
    status: 200,
  })
  expect(io.told() + io.logged()).not.toContain(token)
})

test('told to stop while it starts, it does not go on', async () => {
  const { connectionString } = await database()
  const env = await environment({ DATABASE_URL: connectionString })
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  await expect(serve(parseSettings(env), heard(stop.signal))).rejects.toThrow('stopped')
})

test('migrating alone says which versions there are, and does nothing else', async () => {
  const { connectionString, pool } = await database()
  const io = heard()
  const env = await environment({ DATABASE_URL: connectionString })
  const versions = await migrateOnly(parseSettings(env), io)
  expect(versions).toMatchObject({ saga: expect.any(Number), arcadia: expect.any(Number) })
  expect(io.told()).toContain("at this program's versions")
  expect((await pool.query('select from arcadia.api_tokens')).rowCount).toBe(0)
})

test('a port that is taken is told by its name', async () => {
  const { connectionString } = await database()
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void blocker.close())
  const { port } = z.object({ port: z.number() }).parse(blocker.address())
  const env = await environment({ DATABASE_URL: connectionString })
  for (const name of ['PORT', 'SIMULATOR_PORT']) {
    const start = serve(parseSettings({ ...env, [name]: String(port) }), heard())
    const explained = await refusal(start)
    expect(explained).toMatchObject({ exitCode: 1 })
    expect(explained?.message).toContain(`${name} ${port}`)
  }
  // Nothing of the failed starts is left open.
  await served(env)
})

test('a database that does not answer is told without its password', async () => {
  const url = 'postgres://me:secret@127.0.0.1:9/arcadia'
  const env = await environment({ DATABASE_URL: url })
  const explained = await refusal(serve(parseSettings(env), heard()))
  expect(explained?.message).toMatch(/postgres:\/\/127\.0\.0\.1:9\/arcadia.*nothing listens there/)
  expect(explained?.message).not.toContain('secret')
})

test('a database that is not there is told', async () => {
  const { connectionString } = await database()
  const url = connectionString.replace(/\/test_\w+/, '/nowhere')
  const env = await environment({ DATABASE_URL: url })
  const explained = await refusal(serve(parseSettings(env), heard()))
  expect(explained?.message).toContain('there is no such database')
})

test('a database of a newer release is refused, and left as it is', async () => {
  const { connectionString, pool } = await database()
  const env = await environment({ DATABASE_URL: connectionString })
  await migrateOnly(parseSettings(env), heard())
  await pool.query(
    `insert into arcadia.migrations (version, name, checksum) values (9999, 'from the future', 'x')`,
  )
  const explained = await refusal(serve(parseSettings(env), heard()))
  expect(explained?.message).toMatch(/newer than this program/)
  expect((await pool.query('select from arcadia.api_tokens')).rowCount).toBe(0)
})

test('two programs do not share one data folder', async () => {
  const { connectionString } = await database()
  const env = await environment({ DATABASE_URL: connectionString })
  await served(env)
  const explained = await refusal(serve(parseSettings(env), heard()))
  expect(explained?.message).toMatch(
    /^ArcadiaCloud already runs on this data folder.*another DATA_DIR\.$/,
  )
})

test('a worker without a cloud says so', async () => {
  const { connectionString } = await database()
  const env = await environment({ DATABASE_URL: connectionString, SIMULATOR_PORT: '9' })
  const explained = await refusal(startWorker(parseSettings(env), heard()))
  expect(explained?.message).toContain('no simulator at http://127.0.0.1:9')
})

test('another simulator is another account, which is read at once and can be told apart', async () => {
  const { connectionString, pool } = await database()
  const other = await startSimulator({ speed: 1_000, seed: { resources: 10 } })
  onTestFinished(() => other.close())
  const env = await environment({ DATABASE_URL: connectionString })
  await (await served(env)).stop()
  const io = heard()
  const named = `simulator at ${new URL(other.url).host}`
  const program = await served(
    { ...env, DIGITALOCEAN_TOKEN: 'any', DIGITALOCEAN_API_URL: other.url },
    io,
  )
  expect(io.told()).toContain('is being read for the first time')
  const client = clientOf(program.url, program.adminToken)
  const account = pageSchema(accountSchema)
  const { data } = await client.get('/api/v1/accounts', account)
  expect(data.map(({ name }) => name)).toEqual(['simulator', named])
  const path = `/api/v1/resources?account_id=${data[1]?.id}`
  await expect
    .poll(async () => (await client.get(path, pageSchema(resourceSchema))).data.length, {
      timeout: 20_000,
    })
    .toBeGreaterThan(0)
  await program.stop()
  const again = heard()
  await served({ ...env, DIGITALOCEAN_TOKEN: 'any', DIGITALOCEAN_API_URL: other.url }, again)
  expect(again.told()).not.toContain('for the first time')
  const key = `first-sync/${data[1]?.id}`
  const runs = await pool.query('select from saga.saga_runs where start_key = $1', [key])
  expect(runs.rowCount).toBe(1)
})

test('a data folder that cannot be made is told by its setting', async () => {
  const { connectionString } = await database()
  const env = await environment({ DATABASE_URL: connectionString })
  const file = join(await makeTestFolder(), 'file')
  await writeFile(file, '')
  for (const folder of [file, join(file, 'data')]) {
    for (const more of [{}, { DATABASE_URL: '' }]) {
      const settings = parseSettings({ ...env, ...more, DATA_DIR: folder })
      const explained = await refusal(serve(settings, heard()))
      expect(explained?.message).toContain(`DATA_DIR ${folder} cannot be used`)
    }
  }
})
