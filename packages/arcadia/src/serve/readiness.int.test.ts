import { createEngine } from '@arcadia-cloud/saga'
import { postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { controlPlaneDatabase, type TestControlPlane } from '../database/testing/control-plane.ts'
import { readinessOf, schemaVersions } from './readiness.ts'

let control: TestControlPlane
beforeAll(async () => {
  control = await controlPlaneDatabase()
})
afterAll(() => control.drop())

test('a worker whose heart beats makes it ready', async () => {
  const expected = await schemaVersions(control.pool)
  expect(await readinessOf(control.pool, expected, 'w')).toMatchObject({
    database: { ok: true },
    migrations: { ok: true },
    worker: { ok: false },
  })
  const engine = createEngine({ store: postgresStore({ pool: control.pool }) })
  const worker = engine.createWorker({ name: 'w' })
  await worker.tick()
  expect(await readinessOf(control.pool, expected, 'w')).toMatchObject({ worker: { ok: true } })
  await worker.stop()
  expect(await readinessOf(control.pool, expected, 'w')).toMatchObject({ worker: { ok: false } })
})

test('a database that another release has migrated meanwhile is told', async () => {
  const { saga, arcadia } = await schemaVersions(control.pool)
  const older = { saga: saga - 1, arcadia }
  expect(await readinessOf(control.pool, older, 'w')).toMatchObject({
    migrations: {
      ok: false,
      detail: expect.stringContaining(`saga is at ${saga}, not ${saga - 1}`),
    },
  })
})

test('a database that does not answer is told without saying which', async () => {
  const pool = new pg.Pool({ host: '127.0.0.1', port: 9, user: 'secret' })
  const readiness = await readinessOf(pool, { saga: 1, arcadia: 1 }, 'w')
  await pool.end()
  expect(readiness.database).toEqual({ ok: false, detail: 'the database does not answer' })
  expect(JSON.stringify(readiness)).not.toMatch(/127|secret|ECONN/)
})
