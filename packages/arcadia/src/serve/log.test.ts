import { expect, test } from 'vitest'
import { createLog } from './log.ts'

function logging(level: 'info' | 'trace' = 'info') {
  const lines: string[] = []
  const log = createLog(level, { write: (line) => lines.push(line) })
  return { log, entries: () => lines.map((line): unknown => JSON.parse(line)) }
}

test('an entry is a line of JSON with its level and time in words', () => {
  const { log, entries } = logging()
  log.warn({ saga: 'x' }, 'something')
  log.debug({}, 'unheard')
  expect(entries()).toEqual([
    { level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/), saga: 'x', msg: 'something' },
  ])
})

test("of an error only what it says of itself is kept, not the row of a driver's", () => {
  const { log, entries } = logging()
  const error = Object.assign(new Error('duplicate key', { cause: new Error('why') }), {
    code: '23505',
    detail: 'Key (token)=(arc_secret) already exists.',
    where: 'arc_secret',
  })
  log.error({ err: error }, 'failed')
  expect(entries()).toMatchObject([
    { err: { name: 'Error', code: '23505', message: 'duplicate key', cause: { message: 'why' } } },
  ])
  expect(JSON.stringify(entries())).not.toContain('arc_secret')
})

test('what is thrown and no error is kept as text', () => {
  const { log, entries } = logging()
  log.error({ err: 'text' }, 'failed')
  expect(entries()).toMatchObject([{ err: { message: 'text' } }])
})
