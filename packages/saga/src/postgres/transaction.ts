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

/** Where transactions are made. */
export interface Transactions {
  readonly pool: Pool
  /** How long `begin`, `commit` and `rollback` may go without an answer, in milliseconds. */
  readonly answerMs: number
}

/** How long the work of an aborted transaction has to end by itself, in milliseconds. */
const graceMs = 1_000

/**
 * Runs work in a transaction and commits it, or rolls it back where `keep` is false or it throws.
 * When the signal is aborted the statement under way is cancelled in the server, so that it keeps
 * no lock and no connection; work that does not end then is left behind, and its connection closed.
 */
export async function inTransaction<T>(
  { pool, answerMs }: Transactions,
  work: (client: PoolClient) => Promise<{ keep: boolean; result: T }>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted()
  const client = await connect(pool)
  const say = (text: string) => {
    // `query_timeout` is the driver's own, and its types do not know it.
    const statement = { text, query_timeout: answerMs }
    return client.query(statement)
  }
  let broken: Error | undefined
  let backend: number | undefined
  let cancelGrace = () => {}
  const abandoned = Promise.withResolvers<never>()
  // Nobody may wait for it yet, or any more.
  abandoned.promise.catch(ignore)
  const cancel = () => {
    // A cancel could still arrive at whoever has the connection next: nobody has.
    broken = new Error('cancelled')
    if (backend !== undefined) cancelStatement(pool, backend)
    const timer = setTimeout(() => abandoned.reject(new Abandoned(signal?.reason)), graceMs)
    cancelGrace = () => clearTimeout(timer)
  }
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    if (signal === undefined) await say('begin')
    else backend = backendOf(await say('begin; select pg_backend_pid() as pid'))
    signal?.throwIfAborted()
    const { keep, result } = await Promise.race([work(client), abandoned.promise])
    await say(keep ? 'commit' : 'rollback')
    return result
  } catch (error) {
    if (isUnusable(error)) broken = error
    else broken = (await rollBack(say)) ?? broken
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
    cancelGrace()
    release(client, broken)
  }
}

/** The work of a transaction did not end when it was aborted; nothing of it is left. */
class Abandoned extends Error {
  constructor(cause: unknown) {
    super('the transaction was given up: it was aborted, and its work did not end', { cause })
    this.name = 'Abandoned'
  }
}

/** Whether the connection still waits for something: closed, it takes the transaction along. */
function isUnusable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  return error instanceof Abandoned || error.message === 'Query read timeout'
}

/** Gives why it could not: then the connection is gone, and the transaction with it. */
async function rollBack(say: (text: string) => Promise<unknown>): Promise<Error | undefined> {
  try {
    await say('rollback')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/**
 * The process that the transaction is in, by its own word: what the driver was told when it connected
 * is a pooler's invention where there is one between.
 */
function backendOf(results: unknown): number | undefined {
  const selected: unknown = Array.isArray(results) ? results[1]?.rows?.[0]?.pid : undefined
  return typeof selected === 'number' ? selected : undefined
}

function cancelStatement(pool: Pool, backend: number): void {
  // Whatever comes of it, the caller's own limits go on; a failure here is not theirs.
  pool.query('select pg_cancel_backend($1)', [backend]).catch(ignore)
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
