import pg from 'pg'
import { z } from 'zod'
import { createEngine, transact } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'

// A program of its own: what it shows is that it does not end by an event that nobody listens for.

const connectionString = process.env['DATABASE_URL']
const pool = new pg.Pool({ connectionString })
// For idle connections, as the driver asks of every host; one in use is its user's to listen to.
pool.on('error', () => {})
const admin = new pg.Pool({ connectionString })

async function cut(pid: number): Promise<void> {
  await admin.query('select pg_terminate_backend($1)', [pid])
  for (;;) {
    const left = await admin.query('select from pg_stat_activity where pid = $1', [pid])
    if (left.rowCount === 0) return
  }
}

const backend = z.object({ rows: z.tuple([z.object({ pid: z.number() })]) })
const insert = transact('insert', {
  retry: { attempts: 3, initial: '10ms' },
  do: async (tx, { attempt }) => {
    const { rows } = backend.parse(await tx.query('select pg_backend_pid() as pid'))
    // The host's own work between two statements.
    if (attempt === 1) await cut(rows[0].pid)
    return { attempt }
  },
})

const engine = createEngine({ store: postgresStore({ pool }), steps: [insert] })
const worker = engine.createWorker()
worker.start()
const { id } = await engine.startAdHoc([insert], {})
for (;;) {
  const { run } = await engine.get(id)
  if (run.status === 'completed') {
    process.stdout.write(`${run.status} in attempt ${run.context['attempt']}\n`)
    break
  }
}
await worker.stop()
await Promise.all([pool.end(), admin.end()])
