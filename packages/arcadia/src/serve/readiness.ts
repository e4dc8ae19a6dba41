import type { Pool } from 'pg'
import type { Readiness, ReadinessCheck } from '../http/index.ts'

const schemas = ['saga', 'arcadia'] as const

interface Versions {
  readonly saga: number
  readonly arcadia: number
}

/** The versions that the schemas are at. */
export async function schemaVersions(pool: Pool): Promise<Versions> {
  const { rows } = await pool.query<Versions>(
    `select (select max(version) from saga.migrations) as saga,
      (select max(version) from arcadia.migrations) as arcadia`,
  )
  const [found] = rows
  if (found === undefined) throw new Error('the schemas have no versions')
  return found
}

/** How long a database may take before it counts as not answering. */
const patienceMs = 3_000

/**
 * Looks whether the program can do its work.
 * @param expected the versions this program migrated to
 * @param workerName whose heart is to beat
 */
export async function readinessOf(
  pool: Pool,
  expected: Versions,
  workerName: string,
): Promise<Readiness> {
  try {
    const [found, isBeating] = await within(
      patienceMs,
      Promise.all([schemaVersions(pool), heartBeats(pool, workerName)]),
    )
    return {
      database: { ok: true },
      migrations: migrationsCheck(found, expected),
      worker: isBeating
        ? { ok: true }
        : { ok: false, detail: 'this program holds no lease: nothing is being run here' },
    }
  } catch {
    // What went wrong may name hosts and users, which are not everybody's to know.
    const unknown = { ok: false, detail: 'the database does not answer' }
    return { database: unknown, migrations: unknown, worker: unknown }
  }
}

function migrationsCheck(found: Versions, expected: Versions): ReadinessCheck {
  const moved = schemas.filter((schema) => found[schema] !== expected[schema])
  if (moved.length === 0) return { ok: true }
  const detail = moved.map((schema) => `${schema} is at ${found[schema]}, not ${expected[schema]}`)
  return { ok: false, detail: `${detail.join('; ')}: run one release everywhere` }
}

async function heartBeats(pool: Pool, name: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'select from saga.saga_workers where name = $1 and lease_until > now() limit 1',
    [name],
  )
  return rowCount === 1
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>()
  const timer = setTimeout(() => over.reject(new Error(`not within ${ms} ms`)), ms)
  try {
    return await Promise.race([promise, over.promise])
  } finally {
    clearTimeout(timer)
  }
}
