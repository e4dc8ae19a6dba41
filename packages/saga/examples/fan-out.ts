/**
 * Many things at once: branches that are known (`parallel`), and one for each item (`each`).
 *
 * No more than `atOnce` of them run at a time. When one fails, the others are stopped or let finish,
 * and then everything that took effect is taken back, all at once.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createEngine, hasEnded, parallel, StepFailed, saga, step } from '@arcadia-cloud/saga'
import { migrateSaga, postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { z } from 'zod'

const { DATABASE_URL } = process.env
if (!DATABASE_URL) {
  console.error('Set DATABASE_URL to a PostgreSQL 15 or newer that is there to be played with.')
  process.exit(1)
}

// ── The world: what stands, and how much of it was being made at the same time ──────────────────

const standing = new Set<string>()
let busy = 0
let busiest = 0

async function make(thing: string, signal: AbortSignal) {
  busy += 1
  busiest = Math.max(busiest, busy)
  try {
    await delay(50, undefined, { signal })
    standing.add(thing)
  } finally {
    busy -= 1
  }
}

// ── The saga ────────────────────────────────────────────────────────────────────────────────────

const simple = (name: string) =>
  step(name, {
    idempotent: true,
    settles: '100ms',
    do: async ({ signal }) => {
      await make(name, signal)
      return { [name]: `${name}.example` }
    },
    undo: () => {
      standing.delete(name)
    },
  })

const replica = step('make_replica', {
  input: z.object({ region: z.string() }),
  // The same in every attempt, and another for each item.
  key: ({ input: { region }, run }) => `replica-${region}-${run.tag}`,
  idempotent: true,
  // A call that is cut short may still have an effect: it is taken back only after this long.
  settles: '100ms',
  do: async ({ input: { region }, signal }) => {
    if (region === 'mars') throw new StepFailed('there is no data centre on mars')
    await make(`replica in ${region}`, signal)
    return { replica: region }
  },
  undo: ({ input: { region } }) => {
    standing.delete(`replica in ${region}`)
  },
})

const deploy = saga('deploy', z.object({ regions: z.array(z.string()) }))
  .step(parallel([simple('bucket'), simple('certificate')]))
  // The plan of a run is computed from its input when it starts, and pinned.
  .each('replicas', ({ regions }) => regions.map((region) => ({ region })), replica, { atOnce: 2 })

// ── The program ─────────────────────────────────────────────────────────────────────────────────

const pool = new pg.Pool({ connectionString: DATABASE_URL })
await migrateSaga(pool)
const engine = createEngine({ store: postgresStore({ pool }), sagas: [deploy] })
const worker = engine.createWorker({ pollMs: 50 })
worker.start()

for (const regions of [
  ['ams', 'fra', 'nyc', 'sgp'],
  ['ams', 'mars', 'nyc'],
]) {
  console.log(`Deploy to ${regions.join(', ')}`)
  busiest = 0
  const { id } = await engine.start(deploy, { regions })
  let { run, steps } = await engine.get(id)
  while (!hasEnded(run.status)) {
    await delay(20)
    ;({ run, steps } = await engine.get(id))
  }
  console.log(`  is ${run.status}${run.error === null ? '' : `, because of ${run.error.reason}`}`)
  if (run.status === 'completed') {
    console.log(`  gave ${JSON.stringify(run.context['replicas'])}, ${busiest} at a time`)
  }
  for (const { name, status } of steps) console.log(`    ${name.padEnd(12)} ${status}`)
  console.log(`  standing: ${[...standing].sort().join(', ') || 'nothing'}`)
  standing.clear()
}

await worker.stop()
await pool.end()
