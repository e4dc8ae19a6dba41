import { type Engine, silentLog } from '@arcadia-cloud/saga'
import { expect, onTestFinished, test } from 'vitest'
import { pageSchema } from '../http/pages.ts'
import { driftSchema } from '../http/schemas/drift.ts'
import { type ApiWorld, apiWorld } from '../http/testing/api-world.ts'
import { prepareFirstStart } from './first-start.ts'

const signal = new AbortController().signal

async function world(): Promise<ApiWorld> {
  const made = await apiWorld()
  onTestFinished(() => made.close())
  return made
}

const startOf = ({ db, engine, account, simulatorUrl }: ApiWorld) => ({
  db,
  engine,
  accountId: account.id,
  simulatorUrl,
  log: silentLog,
  signal,
})

async function waiting({ admin }: ApiWorld): Promise<readonly (string | null)[]> {
  const { data } = await admin.get('/api/v1/drift', pageSchema(driftSchema))
  return data.map(({ field }) => field).sort()
}

/** An engine that is gone when it is asked for its n-th start. */
function diesAt(engine: Engine, start: number): Engine {
  let starts = 0
  return {
    ...engine,
    startKind: (...args) => {
      starts += 1
      if (starts === start) throw new Error('killed')
      return engine.startKind(...args)
    },
  }
}

test('the fleet has a baseline, and exactly two differences wait', async () => {
  const here = await world()
  expect(await prepareFirstStart(startOf(here))).toBe(true)
  expect(await waiting(here)).toEqual(['name', 'size_slug'])
  const { rows } = await here.pool.query(
    `select (select count(*) from arcadia.cloud_resources) = (select count(*)
      from arcadia.cloud_provisioned where source = 'baseline') as all_asked_for`,
  )
  expect(rows).toEqual([{ all_asked_for: true }])
})

test('it is done once: what an operator decided since is left alone', async () => {
  const here = await world()
  await prepareFirstStart(startOf(here))
  const { data } = await here.admin.get('/api/v1/drift', pageSchema(driftSchema))
  await here.admin.call('POST', `/api/v1/drift/${data[0]?.id}/accept`)
  expect(await prepareFirstStart(startOf(here))).toBe(false)
  expect(await waiting(here)).toHaveLength(1)
})

test.each([1, 2])('killed at its start %i, it goes on at the next', async (start) => {
  const here = await world()
  const cut = { ...startOf(here), engine: diesAt(here.engine, start) }
  await expect(prepareFirstStart(cut)).rejects.toThrow('killed')
  expect(await prepareFirstStart(startOf(here))).toBe(true)
  expect(await waiting(here)).toEqual(['name', 'size_slug'])
})

test('killed between the two changes, it goes on with the same two droplets', async () => {
  const here = await world()
  const broken = { ...startOf(here), simulatorUrl: 'http://127.0.0.1:9' }
  await expect(prepareFirstStart(broken)).rejects.toThrow()
  expect(await prepareFirstStart(startOf(here))).toBe(true)
  expect(await waiting(here)).toEqual(['name', 'size_slug'])
})

test('told to stop, it stops', async () => {
  const here = await world()
  const stopping = AbortSignal.abort(new Error('stopping'))
  await expect(prepareFirstStart({ ...startOf(here), signal: stopping })).rejects.toThrow()
})
