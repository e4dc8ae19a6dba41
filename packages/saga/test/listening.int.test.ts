import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { type Clock, createEngine, DefinitionError, echo } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { listenForHints } from '../src/postgres/listen.ts'
import { Listener } from '../src/postgres/listener.ts'
import { simulatedClock } from '../src/testing/index.ts'
import { engineDatabase } from './harness.ts'
import { recordingLog } from './recording-log.ts'

let database: TestDatabase
let other: TestDatabase
beforeEach(async () => {
  ;[database, other] = await Promise.all([engineDatabase(), engineDatabase()])
})
afterEach(() => Promise.all([database.drop(), other.drop()]))

const run = '01900000-0000-7000-8000-000000000001'
const [reconnect, toHear, nextPing] = [1_000, 5_000, 60_000]
const notify = (payload: string) =>
  database.pool.query(`select pg_notify('saga_wake', $1)`, [payload])

/** Simulated time that shows what is waited for. */
function watchedClock() {
  const clock = simulatedClock()
  const waits: number[] = []
  const pending = new Set<() => void>()
  const watched: Clock = {
    monotonic: clock.monotonic,
    after(ms, callback) {
      waits.push(ms)
      const cancel = clock.after(ms, () => {
        pending.delete(cancel)
        callback()
      })
      pending.add(cancel)
      return () => {
        pending.delete(cancel)
        cancel()
      }
    },
  }
  return { clock: watched, advance: clock.advance, waits, pending }
}

/** Listens as a store does, on simulated time. */
async function listening(listenUrl?: string, pool = database.pool) {
  const time = watchedClock()
  const log = recordingLog()
  const heard: (string | undefined)[] = []
  const { clock } = time
  const stop = await listenForHints({ pool, listenUrl, log, clock }, (id) => heard.push(id))
  onTestFinished(stop)
  return {
    ...time,
    log,
    heard,
    stop,
    /** Resolves when these were waited for, since the last time this was asked for. */
    async waited(...expected: number[]): Promise<void> {
      await expect.poll(() => time.waits).toEqual(expected)
      time.waits.length = 0
    },
  }
}

/** The connections of a database that listen. */
async function listeners({ pool }: TestDatabase): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where datname = current_database() and query = 'listen saga_wake'`,
  )
  return rows.map(({ pid }) => pid)
}

describe.each(['over the pool', 'over a URL of its own'])('hints that are heard %s', (way) => {
  const url = () => (way === 'over the pool' ? undefined : database.connectionString)

  it('are tried by a ping, which nobody takes for a hint', async () => {
    const { heard, waited, advance, log } = await listening(url())
    await waited(toHear, nextPing)
    await notify(run)
    await notify('')
    await expect.poll(() => heard).toEqual([run, undefined])
    advance(nextPing)
    await waited(toHear, nextPing)
    expect(heard).toHaveLength(2)
    expect(log.lines).toEqual([])
  })

  it('are heard again when the connection was killed', async () => {
    const { heard, waited, advance, log } = await listening(url())
    await waited(toHear, nextPing)
    const [pid] = await listeners(database)
    await database.pool.query('select pg_terminate_backend($1)', [pid])
    await waited(reconnect)
    advance(reconnect)
    await waited(toHear, nextPing)
    expect(await listeners(database)).not.toEqual([pid])
    await notify(run)
    await expect.poll(() => heard).toEqual([run])
    expect(log.lines).toEqual([])
  })

  it('leave no connection and no timer behind when they are heard no more', async () => {
    const { stop, waited, pending } = await listening(url())
    await waited(toHear, nextPing)
    expect(await listeners(database)).toHaveLength(1)
    await stop()
    await expect.poll(() => listeners(database)).toEqual([])
    expect(pending.size).toBe(0)
  })
})

describe('a URL of its own', () => {
  it('takes no connection from the pool', async () => {
    const { waited } = await listening(database.connectionString)
    await waited(toHear, nextPing)
    expect(database.pool.totalCount - database.pool.idleCount).toBe(0)
  })

  it('of another database is found out, and the log says so once', async () => {
    const { waited, advance, log } = await listening(other.connectionString)
    await waited(toHear)
    advance(toHear)
    await waited(nextPing)
    expect(log.said('warn')).toEqual([
      expect.stringMatching(/do not arrive .*polling.*listenUrl has to lead to the database/),
    ])
    await expect.poll(() => listeners(other)).toEqual([])
    for (let again = 0; again < 2; again += 1) {
      advance(nextPing)
      await waited(toHear)
      advance(toHear)
      await waited(nextPing)
    }
    expect(log.lines).toHaveLength(1)
  })

  it('that leads nowhere, or does not let in, is told of without what is secret in it', async () => {
    const nowhere = new URL(database.connectionString)
    nowhere.search = ''
    nowhere.host = '127.0.0.1:1'
    const nobody = new URL(database.connectionString)
    nobody.username = 'nobody'
    for (const url of [nowhere, nobody]) {
      url.password = 'open%20sesame'
      const { waited, advance, log } = await listening(url.href)
      await waited(reconnect)
      advance(reconnect)
      await waited(reconnect)
      expect(log.lines).toMatchObject([{ level: 'warn', fields: { code: expect.any(String) } }])
      expect(Object.keys(log.lines[0]?.fields ?? {})).toEqual(['code'])
      expect(JSON.stringify(log.lines)).not.toContain('sesame')
    }
  })

  it('that is none is refused without being repeated', () => {
    for (const listenUrl of ['postgres://me:open sesame@[nowhere', 'me:sesame@host', 'http://a']) {
      const make = () => postgresStore({ pool: database.pool, listenUrl })
      expect(make).toThrow(DefinitionError)
      expect(make).not.toThrow(/sesame/)
    }
  })

  it('over which nothing is heard does not keep a worker from its work', async () => {
    const log = recordingLog()
    const store = postgresStore({
      pool: database.pool,
      listenUrl: other.connectionString,
      log,
    })
    const engine = createEngine({ store, steps: [echo] })
    const worker = engine.createWorker({ pollMs: 20 })
    worker.start()
    const { id } = await engine.startAdHoc([echo], {})
    await expect.poll(async () => (await engine.get(id)).run.status).toBe('completed')
    await worker.stop()
    expect(await listeners(other)).toEqual([])
  })
})

describe('a pool that swallows LISTEN', () => {
  it('is found out, gets its connection back, and is tried again', async () => {
    const pool = new pg.Pool({ ...database.connection, max: 2 })
    pool.on('error', () => {})
    onTestFinished(() => pool.end())
    // As a pooler in transaction mode does: whoever listened then is not who is asked next.
    pool.on('connect', (client) => {
      client.on('error', () => {})
      const query = client.query.bind(client)
      vi.spyOn(client, 'query').mockImplementation((...args: Parameters<typeof query>) =>
        String(args[0]).startsWith('listen') ? query('select 1') : query(...args),
      )
    })
    const { waited, advance, log } = await listening(undefined, pool)
    await waited(toHear)
    advance(toHear)
    await waited(nextPing)
    expect(log.said('warn')).toEqual([expect.stringContaining('give postgresStore a listenUrl')])
    expect(pool.totalCount - pool.idleCount).toBe(0)
    advance(nextPing)
    await waited(toHear)
  })
})

describe('a listener', () => {
  /** Over connections that a test can have a hand in. */
  async function over(connect: () => string, ping?: () => Promise<unknown>) {
    const time = watchedClock()
    const log = recordingLog()
    const lines: pg.Client[] = []
    const listener = new Listener({
      clock: time.clock,
      log,
      advice: 'look at it',
      callback: () => {},
      ping: ping ?? ((text) => database.pool.query(`select pg_notify('saga_ping', $1)`, [text])),
      async open() {
        const client = new pg.Client({ connectionString: connect() })
        await client.connect()
        lines.push(client)
        return { client, close: () => client.end() }
      },
    })
    onTestFinished(() => listener.stop())
    return { ...time, log, lines, listener }
  }

  it('says when hints arrive again', async () => {
    let url = other.connectionString
    const { listener, waits, advance, log, lines } = await over(() => url)
    await listener.start()
    await expect.poll(() => waits).toEqual([toHear])
    advance(toHear)
    await expect.poll(() => waits).toEqual([toHear, nextPing])
    url = database.connectionString
    advance(nextPing)
    await expect.poll(() => waits).toEqual([toHear, nextPing, toHear, nextPing])
    expect(log.said('info')).toEqual(['hints that there is work arrive again'])
    await lines[1]?.query('unlisten *')
    advance(nextPing)
    await expect.poll(() => waits.slice(4)).toEqual([toHear])
    advance(toHear)
    await expect.poll(() => log.said('warn')).toHaveLength(2)
  })

  it('finds out that a connection has gone deaf, and makes another', async () => {
    const { listener, waits, advance, log, lines } = await over(() => database.connectionString)
    await listener.start()
    await expect.poll(() => waits).toEqual([toHear, nextPing])
    await lines[0]?.query('unlisten *')
    advance(nextPing)
    await expect.poll(() => waits).toEqual([toHear, nextPing, toHear])
    advance(toHear)
    await expect.poll(() => log.said('warn')).toHaveLength(1)
    advance(nextPing)
    await expect.poll(() => waits.slice(3)).toEqual([nextPing, toHear, nextPing])
    expect(lines).toHaveLength(2)
  })

  it('blames the database, not the hints, for a ping that cannot be sent', async () => {
    const refuse = () => Promise.reject(new Error('the server is starting'))
    const { listener, waits, log } = await over(() => database.connectionString, refuse)
    await listener.start()
    await expect.poll(() => waits).toEqual([reconnect])
    expect(log.lines).toEqual([])
  })

  it('that is told to stop while it connects keeps no connection', async () => {
    const { listener, lines } = await over(() => database.connectionString)
    const starting = listener.start()
    await listener.stop()
    await starting
    expect(lines).toHaveLength(1)
    await expect.poll(() => listeners(database)).toEqual([])
    await expect(lines[0]?.query('select 1')).rejects.toThrow()
  })
})
