import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, echo, type Store } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase } from './harness.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const full = () =>
  Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' })
const gone = () => Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })

it.each([
  ['takes no writes', '53100', ['commitRuns', 'insertRun']],
  ['is gone', 'ECONNREFUSED', ['commitRuns', 'insertRun', 'readWrite']],
] as const)(
  'a start of a worker of its own is refused soon while the database %s, and may be repeated',
  async (_, code, methods) => {
    const real = postgresStore({ pool: database.pool })
    let fails = false
    const failing = (method: (typeof methods)[number]) => async (params: never) => {
      if (fails) throw code === '53100' ? full() : gone()
      return real[method](params)
    }
    const store: Store = {
      ...real,
      ...Object.fromEntries(methods.map((method) => [method, failing(method)])),
    }
    const engine = createEngine({ store, steps: [echo] })
    // A lease for as long as anybody could wait: the database's trouble is not the caller's.
    const worker = engine.createWorker({ leaseMs: 3_600_000, pollMs: 20 })
    worker.start()
    try {
      const before = await engine.startAdHoc([echo], {})
      const completed = async (id: string) => (await engine.get(id)).run.status
      await expect.poll(() => completed(before.id)).toBe('completed')
      fails = true
      // Where something seems to wait, a start is for anybody: not all of them are this worker's.
      for (const key of ['mine', 'yours', 'theirs']) {
        await expect(engine.startAdHoc([echo], {}, { key })).rejects.toMatchObject({ code })
      }
      fails = false
      const { id, created } = await engine.startAdHoc([echo], {}, { key: 'mine' })
      expect(created).toBe(true)
      await expect.poll(() => completed(id)).toBe('completed')
      expect((await engine.list()).data).toHaveLength(2)
    } finally {
      await worker.stop()
    }
  },
)
