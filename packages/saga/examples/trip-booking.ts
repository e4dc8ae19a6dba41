/**
 * The classic: a trip is a flight, a hotel and a car, or it is nothing.
 *
 * Each booking is a step with its undo. When there is no car left, the hotel and the flight are
 * cancelled, last one first, and the run says `rolled_back`: nobody flies to a city without a bed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createEngine, hasEnded, StepFailed, saga, step } from '@arcadia-cloud/saga'
import { migrateSaga, postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { z } from 'zod'

const { DATABASE_URL } = process.env
if (!DATABASE_URL) {
  console.error('Set DATABASE_URL to a PostgreSQL 15 or newer that is there to be played with.')
  process.exit(1)
}

// ── The world: what three companies have booked, by the key they were sent ──────────────────────

const booked = new Map<string, string>()

function book(what: string, key: string) {
  // As a good booking API does: the same key again is the same booking.
  booked.set(key, what)
  console.log(`  booked     ${what}`)
}

function cancel(key: string) {
  console.log(`  cancelled  ${booked.get(key)}`)
  booked.delete(key)
}

// ── The saga ────────────────────────────────────────────────────────────────────────────────────

const destination = z.object({ city: z.string() })

const flight = step('book_flight', {
  input: destination,
  idempotent: true,
  do: ({ input: { city }, key }) => {
    book(`a flight to ${city}`, key)
    return { flight: key }
  },
  undo: ({ key }) => cancel(key),
})

const hotel = step('book_hotel', {
  input: destination,
  idempotent: true,
  do: ({ input: { city }, key }) => {
    book(`a hotel in ${city}`, key)
    return { hotel: key }
  },
  undo: ({ key }) => cancel(key),
})

const car = step('book_car', {
  input: destination,
  idempotent: true,
  do: ({ input: { city }, key }) => {
    // Proves that nothing was booked, and that asking again will not help.
    if (city === 'Venice') throw new StepFailed('there are no cars in Venice')
    book(`a car in ${city}`, key)
    return { car: key }
  },
  undo: ({ key }) => cancel(key),
})

const trip = saga('book_trip', destination).step(flight).step(hotel).step(car)

// ── The program ─────────────────────────────────────────────────────────────────────────────────

const pool = new pg.Pool({ connectionString: DATABASE_URL })
await migrateSaga(pool)
const engine = createEngine({ store: postgresStore({ pool }), sagas: [trip] })
const worker = engine.createWorker()
worker.start()

for (const city of ['Lisbon', 'Venice']) {
  console.log(`A trip to ${city}`)
  const { id } = await engine.start(trip, { city })
  let { run, steps } = await engine.get(id)
  while (!hasEnded(run.status)) {
    await delay(20)
    ;({ run, steps } = await engine.get(id))
  }
  console.log(`  is ${run.status}${run.error === null ? '' : `, because of ${run.error.reason}`}`)
  for (const { name, status } of steps) console.log(`    ${name.padEnd(12)} ${status}`)
}
console.log(`Bookings left standing: ${[...booked.values()].join(', ')}`)

await worker.stop()
await pool.end()
