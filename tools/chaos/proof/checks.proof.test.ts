import { startSimulator } from '@arcadia-cloud/digitalocean-simulator'
import { silentLog } from '@arcadia-cloud/saga'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../../../test/postgres/index.ts'
import { type CloudView, findBreaches, readDatabase, viewCloud } from '../src/checks/index.ts'
import { standingStill } from '../src/checks/standing.ts'
import { drained } from '../src/drain.ts'
import { planSagas } from '../src/plan.ts'
import { openEstate } from '../src/sagas/estate.ts'
import { prepareDatabase, targetsIn } from '../src/scene.ts'

/** Sagas of every kind, run to their ends by one worker, and nothing that fails. */
async function quietWorld() {
  const database = await createTestDatabase()
  await prepareDatabase(database.connection, quiet.sagas)
  const simulator = await startSimulator({
    seed: { resources: 60 },
    speed: 1_000,
    lagMs: 0,
    rateLimits: false,
  })
  const estate = await openEstate({
    connection: database.connection,
    simulatorUrl: simulator.url,
    speed: 1_000,
    log: silentLog,
  })
  const before = await viewCloud(estate.client)
  const sagas = planSagas(quiet, targetsIn(before, quiet.sagas, estate.accountId))
  for (const { key, kind, steps, input } of sagas) {
    if (steps === undefined) await estate.engine.startKind(kind, input, { key })
    else await estate.engine.startAdHoc(steps, input, { key })
  }
  const worker = estate.engine.createWorker()
  worker.start()
  const atRest = await drained(estate.pool, {
    seconds: 60,
    quietMs: 100,
    signal: new AbortController().signal,
  })
  await worker.stop()
  return {
    ...estate,
    simulator,
    before,
    atRest,
    keys: sagas.map(({ key }) => key),
    close: async () => {
      await estate.close()
      await simulator.close()
      await database.drop()
    },
  }
}

const quiet = {
  sagas: 40,
  workers: 2,
  seconds: 10,
  seed: 9,
  leaseMs: 10_000,
  concurrency: 40,
  speed: 1_000,
  drainSeconds: 60,
  folder: '',
  keep: false,
  faults: {
    kills: false,
    stops: false,
    postgres: false,
    connections: false,
    cloud: false,
    cancels: false,
  },
}

let world: Awaited<ReturnType<typeof quietWorld>>
let told: Set<string>
beforeAll(async () => {
  world = await quietWorld()
  told = new Set()
})
afterAll(() => world.close())

/** What is found now, and has not been found before. */
async function found(before: CloudView = world.before): Promise<string[]> {
  const after = await viewCloud(world.client)
  const evidence = { ...(await readDatabase(world.pool)), keys: world.keys, before, after }
  const all = findBreaches(evidence).map(({ check, what }) => `${check}: ${what}`)
  const fresh = all.filter((breach) => !told.has(breach))
  for (const breach of fresh) told.add(breach)
  return fresh
}

async function sql(text: string, ...values: unknown[]): Promise<Record<string, unknown>> {
  const { rows } = await world.pool.query(text, values)
  return rows[0] ?? {}
}

/** The row of a step that made something which stands, and its run. */
function made(step: string, status = 'completed') {
  return sql(
    `select l.*, r.status as run_status from saga.saga_step_results l
     join saga.saga_runs r on r.id = l.saga_id
     where l.name = $1 and r.status = $2 order by l.saga_id limit 1`,
    step,
    status,
  )
}

async function control(method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${world.simulator.url}/_simulator${path}`, {
    method,
    body: JSON.stringify(body),
  })
  expect(response.ok).toBe(true)
}

describe('the checks', () => {
  it('find nothing where nothing is wrong, and there is something to be wrong about', async () => {
    expect(world.atRest).toBe(true)
    expect(await found()).toEqual([])
    for (const status of ['completed', 'rolled_back']) {
      const { count } = await sql(
        'select count(*)::int as count from saga.saga_runs where status = $1',
        status,
      )
      expect(count).toBeGreaterThan(5)
    }
  })

  it('find a snapshot that is gone', async () => {
    const { output } = await made('create_droplet_snapshot')
    const id = String(Object(output)['snapshot_id'])
    await world.client.snapshots.delete(id)
    expect(await found()).toEqual([expect.stringContaining(`snapshot ${id} is not there`)])
  })

  it('find an effect that stands twice', async () => {
    const { key } = await made('make_droplet')
    const { droplet } = await world.client.droplets.create({
      name: 'twin',
      region: 'fra1',
      size: 's-1vcpu-1gb',
      image: 'debian-13-x64',
      tags: [String(key)],
    })
    await expect
      .poll(async () => (await viewCloud(world.client)).droplets.map(({ id }) => id))
      .toContain(String(droplet.id))
    expect(await found()).toEqual([
      expect.stringMatching(`effects: droplet ${droplet.id} .*made a second time`),
    ])
  })

  it('find what a run left behind that says it was rolled back', async () => {
    const { key } = await made('first_tag', 'rolled_back')
    await world.client.tags.create({ name: String(key) })
    expect(await found()).toEqual([
      expect.stringMatching(`effects: tag ${key}.*left behind by step 0`),
    ])
  })

  it('find what nobody has made, and what was there and is gone', async () => {
    await control('POST', '/droplets', { name: 'rogue' })
    const [first] = world.before.snapshots
    await world.client.snapshots.delete(first?.id ?? '')
    expect(await found()).toEqual([
      expect.stringContaining('nobody has made it'),
      expect.stringContaining(`snapshot ${first?.id} was there before, and is gone`),
    ])
  })

  it('find a droplet whose name is not that of the last who renamed it', async () => {
    const { input } = await made('rename_droplet')
    const id = Object(input)['droplet_id']
    await control('POST', `/droplets/${id}`, { name: 'overwritten' })
    expect(await found()).toEqual([
      expect.stringContaining(`order: droplet ${id}: it is named "overwritten"`),
    ])
  })

  it('find a counter that has lost a count, and SQL that has taken effect twice', async () => {
    const { key } = await sql('select key from chaos.counters where value > 1 limit 1')
    await sql('update chaos.counters set value = value - 1 where key = $1', key)
    const { run_id: runId } = await sql('select run_id from chaos.marks limit 1')
    await sql('insert into chaos.marks values ($1, 99)', runId)
    expect(await found()).toEqual([
      expect.stringContaining('its SQL has taken effect 2 times'),
      expect.stringContaining(`order: the counter ${key} is`),
    ])
  })

  it('find a lock that is held, and one that is waited for, by a run that has ended', async () => {
    const { saga_id: runId } = await made('write_counters')
    await sql(
      `insert into saga.saga_locks (key, run_id, acquired_at) values ('a', $1, now()), ('b', $1, null)`,
      runId,
    )
    expect(await found()).toEqual([
      expect.stringContaining('locks: the lock a is held by a run that is completed'),
      expect.stringContaining('locks: the lock b is waited for by a run that is completed'),
    ])
  })

  it('find an event that is missing', async () => {
    const { saga_id: runId, step_idx: idx } = await made('make_droplet')
    await sql(
      `update saga.saga_history h set entries = (
         select coalesce(jsonb_agg(entry order by place), '[]')
         from jsonb_array_elements(entries) with ordinality e (entry, place)
         where (entry ->> 'step_idx')::int is distinct from $2 or entry ->> 'type' <> 'step_completed')
       where saga_id = $1`,
      runId,
      idx,
    )
    expect(await found()).toEqual([
      expect.stringMatching('history: it has counted'),
      expect.stringContaining('is completed in the ledger, and waiting in the history'),
    ])
  })

  it('find a run that says something else than its history and its ledger', async () => {
    const { saga_id: runId } = await made('label')
    await sql(`update saga.saga_runs set status = 'rolled_back' where id = $1`, runId)
    const breaches = await found()
    expect(breaches).toContainEqual(
      expect.stringContaining('history: its row says rolled_back, and its history completed'),
    )
    expect(breaches).toContainEqual(
      expect.stringMatching('ledger: it is rolled_back, and its step 0 .* is completed'),
    )
    expect(breaches).toContainEqual(expect.stringMatching('effects: tag .* left behind'))
  })

  it('find a child that went another way than its parent', async () => {
    const child = await sql(
      `select id, parent_id from saga.saga_runs
       where kind = 'snapshot_droplet' and parent_id is not null and status = 'completed' limit 1`,
    )
    await sql(
      `update saga.saga_step_results set status = 'compensated' where saga_id = $1 and step_idx = 1`,
      child['parent_id'],
    )
    expect(await found()).toContainEqual(
      `ledger: its step 1 is compensated, and the child ${child['id']} completed`,
    )
  })

  it('find a run that has not ended, one that is held, and one parked for no reason', async () => {
    const { rows } = await world.pool.query<{ id: string }>(
      `select id from saga.saga_runs where kind = 'chaos_locks' order by id limit 2`,
    )
    const [open, parked] = rows.map(({ id }) => id)
    await sql(
      `update saga.saga_runs set status = 'running', ended_at = null, worker_id = 'gone' where id = $1`,
      open,
    )
    await sql(
      `update saga.saga_runs set status = 'parked', ended_at = null, parked = '{"reason": "hm"}'
       where id = $1`,
      parked,
    )
    const breaches = await found()
    for (const expected of [
      'ended or parked: it is still running',
      'held by nobody: worker gone still holds it',
      'ended or parked: it is parked for "hm", which is no reason',
    ]) {
      expect(breaches).toContain(expected)
    }
  })

  it('find a stray effect that nobody has taken up', async () => {
    const { saga_id: runId } = await made('make_droplet')
    await sql(
      `insert into saga.saga_signals (run_id, type, step_idx, created_at)
       values ($1, 'stray_effect', 2, now())`,
      runId,
    )
    expect(await found()).toEqual([
      'strays taken up: a stray effect of it was reported, and never taken up',
    ])
  })

  it('find a start that made no run, and one that nobody asked for', async () => {
    await sql(
      `update saga.saga_runs set start_key = 'another' where start_key = $1`,
      world.keys[0] ?? '',
    )
    expect(await found()).toEqual([
      `started once: the start "${world.keys[0]}" has made 0 runs`,
      'started once: nobody has started it',
    ])
  })
})

it('a run stands still when it is parked, or waits for one that does', () => {
  const run = (id: string, status: string, waitsFor: string | null = null, parentId = '') => ({
    id,
    status,
    waitsFor,
    parentId,
  })
  const runs = [
    run('parent', 'waiting', 'child'),
    run('child', 'parked', null, 'parent'),
    run('behind', 'waiting', 'lock'),
    run('behind both', 'waiting', 'lock'),
    run('first in line', 'waiting', 'lock'),
    run('asleep', 'waiting', 'time'),
    run('at work', 'running'),
  ]
  const queue = [
    { key: 'a', runId: 'parent' },
    { key: 'a', runId: 'behind' },
    { key: 'b', runId: 'behind' },
    { key: 'b', runId: 'behind both' },
    { key: 'c', runId: 'first in line' },
    { key: 'c', runId: 'behind' },
  ]
  const still = [...standingStill(runs, queue)]
  expect(still.toSorted()).toEqual(['behind', 'behind both', 'child', 'parent'])
})
