import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { type Log, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

/** A pino logger, and what it has written. */
function pinoLog() {
  const lines: Record<string, unknown>[] = []
  const logger = pino(
    { level: 'debug', base: null, timestamp: false },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  )
  return { log: logger satisfies Log, lines }
}

it('is pino as it is: a step says what run, step and attempt its lines are about', async () => {
  const { log, lines } = pinoLog()
  const talks = step('talks', {
    idempotent: true,
    retry: { attempts: 1 },
    do: (args) => args.log.info({ size: 's-1' }, 'doing'),
    until: (args) => {
      args.log.debug({ step: 'mine' }, 'looking')
      return {}
    },
    undo: (args) => args.log.warn({}, 'undoing'),
  })
  const late = step('late', {
    effect: 'read',
    key: () => '',
    do: () => {},
  })
  const { engine } = simulatedEngine(database, { steps: [talks, late], log })
  const { id } = await engine.startAdHoc([talks, late], {})
  await engine.createWorker().tick()
  const run = { saga: id, kind: 'ad_hoc', epoch: 1 }
  expect(lines).toMatchObject([
    { level: 30, ...run, step: 'talks', idx: 0, attempt: 1, size: 's-1', msg: 'doing' },
    { level: 20, ...run, step: 'mine', idx: 0, attempt: 1, msg: 'looking' },
    {
      level: 40,
      ...run,
      step: 'late',
      idx: 1,
      err: { type: 'InvalidInput', stack: expect.any(String) },
      msg: 'the step cannot be begun',
    },
    { level: 40, ...run, step: 'talks', idx: 0, attempt: 1, msg: 'undoing' },
  ])
})

it('says which run it is that cannot be gone on with', async () => {
  const { log, lines } = pinoLog()
  const idle = step('idle', { effect: 'read', do: () => {} })
  const { engine, store } = simulatedEngine(database, { steps: [idle], log })
  const { id } = await engine.startAdHoc([idle], {})
  store.commitRuns = () => Promise.reject(new Error('out of disk'))
  await engine.createWorker().tick()
  expect(lines).toMatchObject([
    { level: 50, saga: id, kind: 'ad_hoc', epoch: 1, err: { message: 'out of disk' } },
  ])
})
