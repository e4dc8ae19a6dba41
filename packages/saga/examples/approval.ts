/**
 * A release that somebody has to agree to.
 *
 * The run waits in the database, for minutes or for weeks: no process, no timer, no connection is
 * held meanwhile. Approved, it goes on with who said yes and what they sent; rejected, it goes back
 * and says why.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ActRefused, approval, createEngine, type Run, saga, step } from '@arcadia-cloud/saga'
import { migrateSaga, postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { z } from 'zod'

const { DATABASE_URL } = process.env
if (!DATABASE_URL) {
  console.error('Set DATABASE_URL to a PostgreSQL 15 or newer that is there to be played with.')
  process.exit(1)
}

// ── The world: what is staged, and what the public sees ─────────────────────────────────────────

const staged = new Set<string>()
const published: string[] = []

// ── The saga ────────────────────────────────────────────────────────────────────────────────────

const release = z.object({ version: z.string() })

const stage = step('stage', {
  input: release,
  idempotent: true,
  do: ({ input: { version } }) => {
    staged.add(version)
    return { staged: version }
  },
  undo: ({ input: { version } }) => {
    staged.delete(version)
  },
})

// What is sent along is checked: an approval without a ticket is refused, and the run waits on.
const signOff = approval('sign_off', {
  payload: z.object({ ticket: z.string() }),
  deadline: '7d',
})

const publish = step('publish', {
  input: z.object({ version: z.string(), ticket: z.string() }),
  // The world has seen it: from here on the saga only goes forward.
  effect: 'pivot',
  idempotent: true,
  do: ({ input: { version, ticket } }) => {
    published.push(`${version} (${ticket})`)
  },
})

const releaseSaga = saga('release', release)
  .step(stage)
  .step(signOff)
  .step(publish, {
    with: ({ version, sign_off }) => ({ version, ticket: sign_off.payload.ticket }),
  })

// ── The program ─────────────────────────────────────────────────────────────────────────────────

const pool = new pg.Pool({ connectionString: DATABASE_URL })
await migrateSaga(pool)
const engine = createEngine({ store: postgresStore({ pool }), sagas: [releaseSaga] })
const worker = engine.createWorker()
worker.start()

async function when(id: string, holds: (run: Run) => boolean): Promise<Run> {
  for (;;) {
    const { run } = await engine.get(id)
    if (holds(run)) return run
    await delay(20)
  }
}
const asked = ({ waitsFor }: Run) => waitsFor === 'signal'
const over = ({ endedAt }: Run) => endedAt !== null

const { id: first } = await engine.start(releaseSaga, { version: '1.0' })
await when(first, asked)
console.log(`1.0 waits for a signal; staged: ${[...staged].join()}; published: none`)
await engine.approve(first, { actor: 'ada', payload: { ticket: 'OPS-7' } })
const { status, context } = await when(first, over)
console.log(`1.0 is ${status}; signed off: ${JSON.stringify(context['sign_off'])}`)

const { id: second } = await engine.start(releaseSaga, { version: '2.0' })
await when(second, asked)
await engine.reject(second, { actor: 'bob', reason: 'not on a Friday' })
const rejected = await when(second, over)
const { steps } = await engine.get(second)
console.log(`2.0 is ${rejected.status}, because of ${rejected.error?.reason}`)
for (const each of steps) {
  console.log(
    `  ${each.name.padEnd(8)} ${each.status}${each.error ? `: ${each.error.message}` : ''}`,
  )
}

// Who comes too late is told so.
const tooLate = await engine.approve(second, { payload: { ticket: 'OPS-8' } }).catch((e) => e)
if (tooLate instanceof ActRefused) console.log(tooLate.message.replace(second, '2.0'))
console.log(`Staged: ${[...staged].join()}; published: ${published.join()}`)

await worker.stop()
await pool.end()
