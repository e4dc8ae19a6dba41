import { readFile, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../test/postgres/index.ts'
import { until } from '../../src/http/testing/until.ts'
import {
  ended,
  freePorts,
  type Program,
  type ResourceBody,
  type SagaBody,
  type Served,
  serve,
  startProgram,
  temporaryDataDir,
} from '../program.ts'
import { simulatorControl } from '../simulator-control.ts'

let database: TestDatabase
let dataDir: string
let served: Served
let worker: Program

beforeAll(async () => {
  database = await createTestDatabase()
  dataDir = await temporaryDataDir()
  const env = { DATABASE_URL: database.connectionString }
  served = await serve({ dataDir, ports: await freePorts(), env })
  worker = startProgram(['worker'], {
    ...env,
    DATA_DIR: dataDir,
    // By its address it would be somebody else's simulator, and so another account.
    SIMULATOR_PORT: new URL(served.simulatorUrl).port,
  })
  await until(
    'both workers have a lease',
    async () => {
      const live = 'select from saga.saga_workers where lease_until > now()'
      return { live: (await database.pool.query(live)).rowCount, output: worker.output() }
    },
    ({ live }) => live === 2,
  )
}, 60_000)
afterAll(async () => {
  await worker?.kill()
  await served?.kill()
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
})

/** Whether a process is of the group that a program was started in. */
async function isInGroup(pid: number, group: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // After the name in brackets: state, parent, group.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group
}

/** Who holds a run: the process id is in the worker's name. */
async function holderOf(id: string): Promise<number> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select w.name from saga.saga_runs r join saga.saga_workers w on w.id = r.worker_id
     where r.id = $1`,
    [id],
  )
  return Number(rows[0]?.name.split(':').at(-1))
}

async function written(id: string) {
  const { rows } = await database.pool.query(
    `select worker_id, epoch, revision, event_seq, last_write, status,
       (select jsonb_agg(to_jsonb(s) order by step_idx) from saga.saga_step_results s
        where s.saga_id = r.id) as ledger
     from saga.saga_runs r where id = $1`,
    [id],
  )
  return rows[0]
}

it('two workers share one database, and every ledger is whole', async () => {
  const ids = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const steps = (n % 2 === 0 ? ['echo', 'echo', 'echo'] : ['echo', 'echo', 'fail']).map(
        (name) => ({ name }),
      )
      return (await served.post<SagaBody>('/api/v1/sagas', { steps })).body.id
    }),
  )
  for (const [n, id] of ids.entries()) {
    const saga = await ended(served, id)
    expect(saga.steps.map(({ status }) => status)).toEqual(
      n % 2 === 0
        ? ['completed', 'completed', 'completed']
        : ['compensated', 'compensated', 'failed'],
    )
    const { data } = await served.get<{ data: { seq: number }[] }>(`/api/v1/sagas/${id}/events`)
    expect(data.map(({ seq }) => seq)).toEqual(data.map((_, index) => index + 1))
  }
})

it('a worker that is stopped past its lease and resumed writes nothing more', {
  timeout: 90_000,
}, async () => {
  const simulator = simulatorControl(served.simulatorUrl)
  const { data } = await served.get<{ data: ResourceBody[] }>('/api/v1/resources?kind=droplet')
  const droplet = data.find(({ status }) => status === 'active')?.external_id ?? ''
  const post = { method: 'POST', path: '/v2/droplets/*/actions', body: { type: 'snapshot' } }
  // The program that serves also has the simulator in it, and must go on: it is the other's run.
  const { id, hold } = await runOf(worker.process.pid ?? 0, droplet, () =>
    simulator.hold(post, 'after'),
  )
  const before = await simulator.snapshotActions(droplet)
  const pid = await holderOf(id)
  process.kill(pid, 'SIGSTOP')
  try {
    await hold.release()
    const saga = await ended(served, id)
    expect(saga.status).toBe('completed')
    expect(await holderOf(id)).toBeNaN()
    const final = await written(id)
    process.kill(pid, 'SIGCONT')
    await until('the resumed worker sees that it lost the run', worker.output, (output) =>
      output.includes('nothing more is written'),
    )
    // All it may still do is leave word of its call: that it had an effect after all, which the other
    // worker then knows for the one that it found, or that nobody can tell, of which only the time
    // is kept. Nothing else may be written of the run.
    const after = await until(
      'nobody holds the run',
      () => written(id),
      (run) => run.worker_id === null,
    )
    const { data: told } = await served.get<{ data: { type: string; detail: object }[] }>(
      `/api/v1/sagas/${id}/events?cursor=${final.event_seq}`,
    )
    if (told.length === 0) expect(after).toEqual(final)
    const isDoubted = told.some(({ type }) => type === 'stray_doubted')
    const ledger = isDoubted
      ? final.ledger.map((row: object) => ({ ...row, unknown_since: expect.any(String) }))
      : final.ledger
    expect([after.status, after.ledger]).toEqual([final.status, ledger])
    expect(told.length).toBeLessThanOrEqual(1)
    for (const { type, detail } of told) {
      if (type === 'stray_reported') expect(detail).toMatchObject({ known: true })
      else expect(type).toBe('stray_doubted')
    }
    expect(await simulator.snapshotActions(droplet)).toBe(before)
    const name = `arcadia-snap-${droplet}-${saga.tag}`
    expect(await simulator.snapshotsNamed(name)).toHaveLength(1)
  } finally {
    process.kill(pid, 'SIGCONT')
  }

  /** Starts snapshots until the worker asked for has one, held at its POST. */
  async function runOf(
    group: number,
    target: string,
    holdNext: () => ReturnType<typeof simulator.hold>,
  ) {
    for (;;) {
      const hold = await holdNext()
      const { body } = await served.post<SagaBody>('/api/v1/sagas', {
        steps: [{ name: 'create_droplet_snapshot' }],
        input: { droplet_id: Number(target) },
      })
      await hold.reached()
      if (await isInGroup(await holderOf(body.id), group)) return { id: body.id, hold }
      await hold.release()
      await ended(served, body.id)
    }
  }
})
