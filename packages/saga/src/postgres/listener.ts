import type { Pool, PoolClient } from 'pg'

/** How long to wait before a lost LISTEN connection is made again. Polling goes on meanwhile. */
const reconnectMs = 1_000

/**
 * Calls back on every hint that there is work, with the run it is about where it is about one.
 * A lost connection is made again; what was missed meanwhile, polling finds.
 */
export async function listenForHints(
  pool: Pool,
  callback: (runId: string | undefined) => void,
): Promise<() => Promise<void>> {
  let client: PoolClient | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const connect = async () => {
    const connected = await pool.connect()
    client = connected
    connected.on('notification', ({ payload }) => callback(payload === '' ? undefined : payload))
    connected.on('error', () => lose(connected))
    connected.on('end', () => lose(connected))
    if (stopped) return close()
    try {
      await connected.query('listen saga_wake')
    } catch {
      lose(connected)
    }
  }
  const lose = (lost: PoolClient) => {
    if (client !== lost) return
    client = undefined
    lost.release(true)
    retryLater()
  }
  const retryLater = () => {
    if (stopped) return
    timer = setTimeout(() => connect().catch(retryLater), reconnectMs)
  }
  const close = () => {
    const open = client
    client = undefined
    // Destroyed, not given back: it still listens.
    open?.release(true)
  }

  await connect().catch(retryLater)
  return async () => {
    stopped = true
    clearTimeout(timer)
    close()
  }
}
