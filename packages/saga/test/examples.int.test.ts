import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { engineDatabase } from './harness.ts'
import { packageFolder, runProgram } from './program.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

/** What each has to tell, line by line. */
const told: Record<string, string> = {
  'trip-booking': `
A trip to Lisbon
  booked     a flight to Lisbon
  booked     a hotel in Lisbon
  booked     a car in Lisbon
  is completed
    book_flight  completed
    book_hotel   completed
    book_car     completed
A trip to Venice
  booked     a flight to Venice
  booked     a hotel in Venice
  cancelled  a hotel in Venice
  cancelled  a flight to Venice
  is rolled_back, because of step_failed:book_car
    book_flight  compensated
    book_hotel   compensated
    book_car     failed
Bookings left standing: a flight to Lisbon, a hotel in Lisbon, a car in Lisbon
`,
  provisioning: `
A server, with a line that is: good
  create: made server 1
  completed, server 1, attempts: 1
A server, with a line that is: answer lost
  create: the answer lost
  find:   server 2
  completed, server 2, attempts: 1
A server, with a line that is: request lost
  create: the request lost
  find:   not there
  create: made server 3
  completed, server 3, attempts: 2
Servers in the cloud: 3, for three runs
`,
  approval: `
1.0 waits for a signal; staged: 1.0; published: none
1.0 is completed; signed off: {"by":"ada","payload":{"ticket":"OPS-7"}}
2.0 is rolled_back, because of rejected:sign_off
  stage    compensated
  sign_off failed: not on a Friday
saga 2.0 cannot be approved: it has ended (rolled_back)
Staged: 1.0; published: 1.0 (OPS-7)
`,
  'fan-out': `
Deploy to ams, fra, nyc, sgp
  is completed
  gave [{"replica":"ams"},{"replica":"fra"},{"replica":"nyc"},{"replica":"sgp"}], 2 at a time
    bucket       completed
    certificate  completed
    make_replica completed
    make_replica completed
    make_replica completed
    make_replica completed
  standing: bucket, certificate, replica in ams, replica in fra, replica in nyc, replica in sgp
Deploy to ams, mars, nyc
  is rolled_back, because of step_failed:make_replica
    bucket       compensated
    certificate  compensated
    make_replica compensated
    make_replica failed
  standing: nothing
`,
  embedding: `
No order: they changed their mind
Order 2 by visa: completed (reserve completed, charge completed, confirm completed)
Order 3 by expired: rolled_back (reserve compensated, charge failed)
Order 4 by visa: completed (reserve completed, charge completed, confirm completed)
Order 5 by visa: rolled_back (reserve failed)
Lamps left: 0; confirmed: 2,4; charged: 2
`,
}

const ended = (kind: string) =>
  `select status, count(*)::int as runs from saga.saga_runs where kind = '${kind}'
   group by status order by status`
const oneOfEach = [
  { status: 'completed', runs: 1 },
  { status: 'rolled_back', runs: 1 },
]

/** What each has to leave in the database. */
const left: Record<string, { readonly sql: string; readonly rows: readonly object[] }> = {
  'trip-booking': { sql: ended('book_trip'), rows: oneOfEach },
  provisioning: { sql: ended('provision_server'), rows: [{ status: 'completed', runs: 3 }] },
  approval: { sql: ended('release'), rows: oneOfEach },
  'fan-out': { sql: ended('deploy'), rows: oneOfEach },
  embedding: {
    sql: `select o.id, o.status, r.status as run
      from example_shop.orders o
      full join (select * from saga.saga_runs where kind = 'fulfil') r
        on (r.inputs->>'order_id')::int = o.id
      order by o.id`,
    // The first was begun, with its run, in a transaction that was rolled back.
    rows: [
      { id: 2, status: 'confirmed', run: 'completed' },
      { id: 3, status: 'new', run: 'rolled_back' },
      { id: 4, status: 'confirmed', run: 'completed' },
      { id: 5, status: 'new', run: 'rolled_back' },
    ],
  },
}

const names = readdirSync(join(packageFolder, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))

/** What `npm run example NAME` runs, without the time that npm itself takes. */
async function example(name: string, env: Record<string, string>) {
  const manifest = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'))
  const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`
  const args = ['-c', `${manifest.scripts.example} ${name}`]
  return runProgram('sh', args, { env: { ...env, PATH } })
}

describe.concurrent('the examples', { timeout: 120_000 }, () => {
  for (const name of names) {
    it(`${name} does what it says, run as its readers run it`, async ({ expect }) => {
      const env = { DATABASE_URL: database.connectionString }
      const program = await example(name, env)
      expect(program).toMatchObject({ code: 0, stdout: told[name]?.slice(1), stderr: '' })
      expect((await database.pool.query(left[name]?.sql ?? '')).rows).toEqual(left[name]?.rows)
    })

    it(`${name} says what it needs when it is told of no database`, async ({ expect }) => {
      expect(await example(name, {})).toMatchObject({
        code: 1,
        stdout: '',
        stderr: 'Set DATABASE_URL to a PostgreSQL 15 or newer that is there to be played with.\n',
      })
    })
  }
})
