import type { Pool, PoolClient } from 'pg'

/**
 * A connection of the pool's, whose loss is an error of the query under way and nothing more: the
 * driver also raises it as an 'error' event, which without a listener ends the process.
 */
export async function connect(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect()
  client.on('error', ignore)
  return client
}

/** Gives it back; with an error, to be closed instead of used again. */
export function release(client: PoolClient, error?: Error): void {
  client.off('error', ignore)
  if (error !== undefined) client.on('error', ignore)
  client.release(error)
}

function ignore(): void {}

/**
 * Runs work in a transaction and commits it, or rolls it back where `keep` is false or it throws.
 * When the signal is aborted the statement under way is cancelled in the server, so that it keeps
 * no lock and no connection.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<{ keep: boolean; result: T }>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted()
  const client = await connect(pool)
  let broken: Error | undefined
  const cancel = () => {
    // A cancel could still arrive at whoever has the connection next: nobody has.
    broken = new Error('cancelled')
    cancelStatement(pool, client)
  }
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    await client.query('begin')
    const { keep, result } = await work(client)
    await client.query(keep ? 'commit' : 'rollback')
    return result
  } catch (error) {
    try {
      await client.query('rollback')
    } catch (rollbackError) {
      // The connection is gone, and the transaction with it: the pool must not use it again.
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError))
    }
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
    release(client, broken)
  }
}

function cancelStatement(pool: Pool, client: PoolClient): void {
  const { processID } = client as PoolClient & { readonly processID?: number | null }
  if (typeof processID !== 'number') return
  // Whatever comes of it, the caller's own limits go on; a failure here is not theirs.
  pool.query('select pg_cancel_backend($1)', [processID]).catch(ignore)
}

/** Lets so many at once by and makes the others wait in line. */
export function turnstile(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let inside = 0
  const line: (() => void)[] = []
  return async (work) => {
    if (inside >= most) await new Promise<void>((go) => line.push(go))
    else inside += 1
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next === undefined) inside -= 1
      else next()
    }
  }
}
