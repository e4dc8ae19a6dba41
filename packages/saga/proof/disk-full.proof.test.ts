import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { describeWith } from '../../../test/needs.ts'
import { memoryFolder } from '../../../test/postgres/dead-runs.ts'
import { type OwnServer, startOwnServer } from '../../../test/postgres/own-server.ts'
import { findRuntime, prepareRuntime } from '../../arcadia/src/database/embedded/runtime.ts'
import { chooseServerUser } from '../../arcadia/src/database/embedded/server-user.ts'
import { createEngine, saga, step } from '../src/index.ts'
import { migrateSaga, postgresStore } from '../src/postgres/index.ts'
import { recordingLog } from '../test/recording-log.ts'
import { cannotMount, mountSmallDisk, type SmallDisk } from './small-disk.ts'

/** Incompressible, so that it takes new pages and new segments, whatever room the old ones have. */
const sizeable = () => randomBytes(400_000).toString('base64')
const runs = 20

describeWith('a disk that is full', cannotMount(), () => {
  let disk: SmallDisk
  let server: OwnServer
  let pool: pg.Pool

  /** A server with one of its parts on the small disk. */
  async function serve(part: 'data' | 'wal', megabytes: number): Promise<void> {
    const folder = await mkdtemp(join((await memoryFolder()) ?? tmpdir(), 'arcadia-disk-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await chmod(folder, 0o711)
    disk = await mountSmallDisk(join(folder, 'disk'), megabytes)
    onTestFinished(() => disk.unmount())
    const runtime = await prepareRuntime(
      await findRuntime(),
      await chooseServerUser(undefined),
      join(folder, 'runtime'),
    )
    const place = (its: string) => join(its === part ? disk.folder : folder, its)
    server = await startOwnServer({
      bin: join(runtime.folder, 'bin'),
      folder,
      data: place('data'),
      wal: place('wal'),
      initdb: ['--wal-segsize=1'],
      settings: {
        // What is acknowledged is written, as it is where it matters.
        synchronous_commit: 'on',
        full_page_writes: 'on',
        min_wal_size: '2MB',
        max_wal_size: '4MB',
        wal_recycle: 'off',
        shared_buffers: '16MB',
      },
    })
    onTestFinished(() => server.stop())
    pool = new pg.Pool({ ...server.connection, max: 10, connectionTimeoutMillis: 5_000 })
    pool.on('error', () => {})
    onTestFinished(() => pool.end())
    await migrateSaga(pool)
  }

  /** Runs whose first step waits until the disk is full, and gives more than there is room for. */
  async function underWay(leaseMs: number) {
    const effects = new Map<string, number>()
    const begun = Promise.withResolvers<void>()
    const full = Promise.withResolvers<void>()
    const log = recordingLog()
    const make = step('make', {
      settles: 0,
      every: '200ms',
      do: async ({ key }) => {
        effects.set(key, (effects.get(key) ?? 0) + 1)
        if (effects.size === runs) begun.resolve()
        await full.promise
        return { made: sizeable() }
      },
      find: ({ key }) => (effects.has(key) ? { made: sizeable() } : undefined),
      undo: ({ key }) => void effects.delete(key),
    })
    const after = step('after', { effect: 'read', do: () => undefined })
    const making = saga('making', z.object({})).step(make).step(after)
    const engine = createEngine({ store: postgresStore({ pool }), sagas: [making], log })
    const ids: string[] = []
    for (let n = 0; n < runs; n += 1) ids.push((await engine.start(making, {})).id)
    const worker = engine.createWorker({ leaseMs, pollMs: 50 })
    worker.start()
    await begun.promise
    return {
      engine,
      log,
      effects,
      letGo: full.resolve,
      start: () => engine.start(making, {}, { key: 'while it is full' }),
      stop: () => worker.stop(),
      /** Waits until all have completed; gives the epochs in which they did. */
      async allComplete(): Promise<number[]> {
        const all = () => Promise.all(ids.map(async (id) => (await engine.get(id)).run))
        const statuses = async () => (await all()).map(({ status }) => status)
        await expect.poll(statuses, { timeout: 60_000 }).toEqual(ids.map(() => 'completed'))
        for (const id of ids) {
          const events = await engine.events(id)
          expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
          expect(events.filter(({ type }) => type === 'step_completed')).toHaveLength(2)
          const { steps } = await engine.get(id)
          expect(steps.map(({ status }) => status)).toEqual(['completed', 'completed'])
        }
        return (await all()).map(({ epoch }) => epoch)
      },
    }
  }

  it('lets nothing be written; with room, all goes on where it stood, and no effect is made twice', async () => {
    await serve('data', 128)
    const { log, effects, letGo, start, stop, allComplete } = await underWay(10_000)
    try {
      await disk.fill()
      letGo()
      await expect.poll(() => log.said('warn')).toEqual(['runs could not be written; trying again'])
      await expect(start()).rejects.toMatchObject({ code: '53100' })
      await disk.makeRoom()
      expect(new Set(await allComplete())).toEqual(new Set([1]))
      expect([...effects.values()]).toEqual(Array(runs).fill(1))
      expect((await start()).created).toBe(true)
    } finally {
      await stop()
    }
    expect(log.said('info')).toEqual(['runs are written again'])
    expect(log.said('error')).toEqual([])
  })

  it('under the write-ahead log ends PostgreSQL itself: started again with room, nothing is lost, and the runs are taken over', async () => {
    // Once there is room, there is enough for all that the runs write, however late a checkpoint is.
    await serve('wal', 48)
    const { log, effects, letGo, start, stop, allComplete } = await underWay(2_000)
    try {
      await disk.fill()
      letGo()
      const isRunning = async () => {
        // What a checkpoint has given back.
        await disk.fill()
        return server.isRunning()
      }
      await expect.poll(isRunning, { timeout: 30_000 }).toBe(false)
      expect(await server.log()).toMatch(/PANIC: .*No space left on device/)
      await expect(start()).rejects.toThrow()
      // Longer than the lease: the worker gives up what it holds by itself.
      await expect
        .poll(() => log.said('warn').filter((line) => line.startsWith('lost to another')), {
          timeout: 20_000,
        })
        .toHaveLength(runs)
      await disk.makeRoom()
      await server.start()
      const epochs = await allComplete()
      expect(Math.min(...epochs)).toBeGreaterThan(1)
      expect([...effects.values()]).toEqual(Array(runs).fill(1))
    } finally {
      await stop()
    }
  })
})
