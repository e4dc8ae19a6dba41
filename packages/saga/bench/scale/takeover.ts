import pg from 'pg'
import { busy, hanging } from './sagas.ts'
import { seed } from './samples.ts'
import { freshDatabase, median, print, type Server } from './server.ts'
import { WorkerProcess } from './worker.ts'
import { eachClaimedOnce } from './workers.ts'

const held = 1_000
const rounds = 3
const hour = 3_600_000

/** How long a killed worker's runs wait for another, and that no live worker's are taken. */
export async function measureTakeover(server: Server): Promise<void> {
  const seconds: number[] = []
  for (let round = 0; round < rounds; round += 1) seconds.push(await takeOver(server))
  print(
    `${held} runs of a killed worker, lease 10 s: all taken over by one other, concurrency 500, ` +
      `${median(seconds).toFixed(2)} s after the kill in the median ` +
      `(${seconds.map((s) => s.toFixed(2)).join(', ')})`,
  )
  await noneTakenFalsely(server)
}

async function takeOver(server: Server): Promise<number> {
  const database = await freshDatabase(server)
  try {
    const never = hanging(() => Promise.resolve())
    await seed(database.config, [{ saga: never, count: held, overMs: hour, untouched: true }])
    const allHeld = Promise.withResolvers<void>()
    const { config } = database
    const dying = await WorkerProcess.spawn({ config, concurrency: held, hangs: true }, (count) => {
      if (count.claimed >= held) allHeld.resolve()
    })
    const allTaken = Promise.withResolvers<void>()
    const other = await WorkerProcess.spawn({ config, concurrency: 500 }, (count) => {
      if (count.takenOver >= held) allTaken.resolve()
    })
    dying.tell('start')
    await allHeld.promise
    other.tell('start')
    // Anywhere between two heartbeats.
    await new Promise((resolve) => setTimeout(resolve, 2_000 + Math.random() * 2_500))
    const from = performance.now()
    await dying.kill()
    await allTaken.promise
    const ms = performance.now() - from
    await other.stop()
    return ms / 1_000
  } finally {
    await database.drop()
  }
}

const busyRuns = 40_000
const busySeconds = 30

/** Two workers that keep each other's processors busy, each with 500 runs at once, for three leases. */
async function noneTakenFalsely(server: Server): Promise<void> {
  const database = await freshDatabase(server)
  const client = new pg.Client(database.config)
  try {
    await client.connect()
    const { config } = database
    await seed(config, [{ saga: busy(0), count: busyRuns, overMs: hour, untouched: true }])
    const setup = { config, concurrency: 500, busyMs: 2 }
    const workers = [await WorkerProcess.spawn(setup), await WorkerProcess.spawn(setup)]
    for (const worker of workers) worker.tell('start')
    await new Promise((resolve) => setTimeout(resolve, busySeconds * 1_000))
    const ended = workers.reduce((sum, { count }) => sum + count.ended, 0)
    await eachClaimedOnce(client)
    await noLeaseLost(client)
    await Promise.all(workers.map((worker) => worker.stop()))
    print(
      `two workers, concurrency 500, ${busySeconds} s, each call 2 ms of the processor: ` +
        `${ended} runs ended, each claimed once, no lease lost`,
    )
  } finally {
    await client.end()
    await database.drop()
  }
}

/** @throws when a worker lost its lease: it goes on under the same name and another id */
async function noLeaseLost(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select name from saga.saga_workers group by name having count(*) > 1',
  )
  if (rows[0] !== undefined) throw new Error(`the worker ${rows[0].name} lost its lease`)
}
