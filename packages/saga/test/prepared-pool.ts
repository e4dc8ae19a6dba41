import { createHash } from 'node:crypto'
import pg from 'pg'
import type { TestDatabase } from '../../../test/postgres/index.ts'

/**
 * A pool that prepares every statement once on each connection: what runs thousands of short
 * transactions on a small database spends most of its time with their plans.
 */
export function preparedPool({ connection }: TestDatabase, max: number): pg.Pool {
  return preparing({ ...connection, max })
}

/** {@link preparedPool}, of wherever the database is. */
export function preparing(config: pg.PoolConfig): pg.Pool {
  const options = '-c plan_cache_mode=force_generic_plan'
  const pool = new pg.Pool({ ...config, idleTimeoutMillis: 0, options })
  // A database is dropped while lost processes still hold connections to it.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    const query: unknown = client.query
    if (typeof query !== 'function') return
    Reflect.set(client, 'query', (first: unknown, ...rest: unknown[]): unknown =>
      Reflect.apply(query, client, [named(first), ...rest]),
    )
  })
  return pool
}

function named(query: unknown): unknown {
  if (typeof query !== 'object' || query === null || !('text' in query) || 'name' in query) {
    return query
  }
  // What has no values may be several statements at once.
  if (!('values' in query)) return query
  const name = createHash('sha256').update(String(query.text)).digest('hex').slice(0, 32)
  return Object.assign(query, { name })
}
