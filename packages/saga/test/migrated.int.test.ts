import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/index.ts'
import { migrate, migrateSaga } from '../src/postgres/index.ts'
import { simulatedEngine } from './harness.ts'
import { makeThing, world } from './world.ts'

const shipped = new URL('../src/postgres/migrations/', import.meta.url)
/** The last version whose history was a row an event, and whose cancels were counted nowhere. */
const before = 5

const idOf = (digit: string) => `01900000-0000-7000-8000-0000000000${digit.padStart(2, '0')}`
const [fresh, reserved, parked, cancelled] = ['a', 'b', 'c', 'd'].map(idOf) as [
  string,
  string,
  string,
  string,
]

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  for (const name of (await readdir(shipped)).sort().slice(0, before)) {
    await cp(new URL(name, shipped), join(folder, name))
  }
  const { pool } = database
  const directory = pathToFileURL(`${folder}/`)
  expect(await migrate({ pool, schema: 'saga', directory })).toMatchObject({ version: before })
  // As the release of then left them.
  await pool.query(`insert into saga.saga_runs (id, tag, kind, version, plan, inputs, input_hash,
      reserved_for, root_id, created_at, wake_at, status, parked, event_seq, epoch, revision)
    select id::uuid, right(id, 8), 'ad_hoc', 1, '[{"name":"make_thing"}]', '{}', '', reserved_for,
      id::uuid, '2029-12-31', wake_at::timestamptz, status, parked::jsonb, seq, epoch, epoch
    from (values
      ('${fresh}', null, '2029-12-31', 'pending', null, 1, 0),
      ('${reserved}', 'one', '2029-12-31', 'pending', null, 1, 0),
      ('${parked}', null, null, 'parked', '{"reason":"asked:a look","step":0}', 3, 1),
      ('${cancelled}', null, '2031-01-01', 'waiting', null, 2, 1)
    ) as r (id, reserved_for, wake_at, status, parked, seq, epoch)`)
  await pool.query(`insert into saga.saga_events (saga_id, seq, at, type, step_idx, detail, actor)
    select id, 1, timestamptz '2029-12-31 00:00:00.123Z', 'run_created', null::int, jsonb '{"kind":"ad_hoc"}', 'ada'
    from saga.saga_runs
    union all select '${cancelled}', 2, '2029-12-31', 'run_waiting', null, '{"until":null}', null
    union all select '${parked}', 2, '2029-12-31', 'run_claimed', null, '{}', null
    union all select '${parked}', 3, '2029-12-31', 'run_parked', 0, '{"reason":"asked:a look"}', null`)
  await pool.query(`insert into saga.saga_signals (run_id, type, actor, created_at, read_at)
    values ('${cancelled}', 'cancel', 'ada', '2029-12-31', null),
      ('${cancelled}', 'cancel', 'bo', '2029-12-31', null),
      ('${parked}', 'park', 'ada', '2029-12-31', '2029-12-31'),
      ('${parked}', 'cancel', 'ada', '2029-12-31', '2029-12-31')`)
  await migrateSaga(pool)
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

describe('a database of the release before, with runs in it', () => {
  it('goes on where it was', async () => {
    const things = world()
    const thing = makeThing(things)
    const { engine, run, ledger, history } = simulatedEngine(database, { steps: [thing] })
    expect(await engine.events(fresh)).toMatchObject([
      { seq: 1, type: 'run_created', actor: 'ada', idx: null, detail: { kind: 'ad_hoc' } },
    ])
    expect((await engine.events(fresh))[0]?.at).toBe(Date.UTC(2029, 11, 31, 0, 0, 0, 123))
    const counted = await database.pool.query(
      'select id, unread_cancels from saga.saga_runs where unread_cancels > 0',
    )
    expect(counted.rows).toEqual([{ id: cancelled, unread_cancels: 2 }])

    await engine.createWorker({ name: 'another' }).tick()
    expect(await run(fresh)).toMatchObject({ status: 'completed' })
    expect(await run(reserved)).toMatchObject({ status: 'pending', reservedFor: 'one' })
    expect(await run(cancelled)).toMatchObject({
      status: 'rolled_back',
      cancelRequestedBy: 'ada',
    })
    expect(await run(parked)).toMatchObject({ status: 'parked' })

    await engine.retry(parked, { actor: 'ada' })
    await engine.createWorker({ name: 'one' }).tick()
    expect(await run(reserved)).toMatchObject({ status: 'completed' })
    expect(await run(parked)).toMatchObject({ status: 'completed' })
    expect(await ledger(parked)).toEqual(['make_thing: completed'])
    const seqs = (await engine.events(parked)).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, place) => place + 1))
    expect((await history(parked)).slice(0, 4)).toEqual([
      'run_created',
      'run_claimed',
      'run_parked 0',
      'run_resumed',
    ])

    await engine.rollBack(parked)
    await engine.createWorker().tick()
    expect(await run(parked)).toMatchObject({ status: 'rolled_back' })
    const left = await database.pool.query(
      'select from saga.saga_runs where unread_cancels <> 0 or worker_id is not null',
    )
    expect(left.rowCount).toBe(0)
  })
})
