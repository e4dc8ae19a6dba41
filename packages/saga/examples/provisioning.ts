/**
 * Making things in a cloud that loses answers.
 *
 * Its API takes no idempotency key: two requests make two servers. So the step says how to look for
 * what it may have made (`find`, by a name that is the same in every attempt), and after an unclear
 * answer it is looked for before it is asked for again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createEngine, hasEnded, pending, saga, step } from '@arcadia-cloud/saga'
import { migrateSaga, postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { z } from 'zod'

const { DATABASE_URL } = process.env
if (!DATABASE_URL) {
  console.error('Set DATABASE_URL to a PostgreSQL 15 or newer that is there to be played with.')
  process.exit(1)
}

// ── The world: a cloud with a bad line to it ────────────────────────────────────────────────────

const servers: { id: number; name: string; readyAt: number }[] = []
const line: ('answer lost' | 'request lost' | 'good')[] = []
let said = ''

/** It is looked for again and again; what says the same is said once. */
function say(text: string) {
  if (text !== said) console.log(`  ${text}`)
  said = text
}

const cloud = {
  async createServer(name: string) {
    const today = line.shift() ?? 'good'
    const server = { id: servers.length + 1, name, readyAt: Date.now() + 100 }
    if (today !== 'request lost') servers.push(server)
    say(`create: ${today === 'good' ? `made server ${server.id}` : `the ${today}`}`)
    if (today !== 'good') throw new Error('socket hang up')
    return { id: server.id }
  },
  async findServer(name: string) {
    const server = servers.find((each) => each.name === name)
    say(`find:   ${server === undefined ? 'not there' : `server ${server.id}`}`)
    return server === undefined ? undefined : { id: server.id }
  },
  async isReady(id: number) {
    return servers.some((each) => each.id === id && each.readyAt <= Date.now())
  },
  async deleteServers(name: string) {
    // Every one of the name, and none is fine too: an undo that is repeated has to succeed.
    servers.splice(0, Infinity, ...servers.filter((each) => each.name !== name))
  },
}

// ── The saga ────────────────────────────────────────────────────────────────────────────────────

const createServer = step('create_server', {
  input: z.object({ role: z.string() }),
  key: ({ input, run }) => `${input.role}-${run.tag}`,
  // What it gives is a receipt. It is committed before anything else happens.
  do: ({ key }) => cloud.createServer(key),
  find: ({ key }) => cloud.findServer(key),
  // The request may still be on its way: that it is not there counts only after this long.
  settles: '500ms',
  retry: { initial: '100ms' },
  // Nothing waits in a process meanwhile: between two looks the run is a row with a wake-up time.
  until: async ({ receipt }) =>
    (await cloud.isReady(receipt.id)) ? { server_id: receipt.id } : pending,
  every: '50ms',
  deadline: '10m',
  undo: ({ key }) => cloud.deleteServers(key),
})

const provision = saga('provision_server', z.object({ role: z.string() })).step(createServer)

// ── The program ─────────────────────────────────────────────────────────────────────────────────

const pool = new pg.Pool({ connectionString: DATABASE_URL })
await migrateSaga(pool)
const engine = createEngine({ store: postgresStore({ pool }), sagas: [provision] })
const worker = engine.createWorker({ pollMs: 50 })
worker.start()

for (const fault of ['good', 'answer lost', 'request lost'] as const) {
  console.log(`A server, with a line that is: ${fault}`)
  line.push(fault)
  const { id } = await engine.start(provision, { role: 'web' })
  let { run, steps } = await engine.get(id)
  while (!hasEnded(run.status)) {
    await delay(20)
    ;({ run, steps } = await engine.get(id))
  }
  const [{ attempts } = { attempts: 0 }] = steps
  console.log(`  ${run.status}, server ${run.context['server_id']}, attempts: ${attempts}`)
}
console.log(`Servers in the cloud: ${servers.length}, for three runs`)

await worker.stop()
await pool.end()
