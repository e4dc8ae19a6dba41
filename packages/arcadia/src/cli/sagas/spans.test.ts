import { describe, expect, it } from 'vitest'
import { sagaBody } from '../api/shapes.ts'
import { plain } from '../render/paint.ts'
import { ago, sagaOf, stepOf } from '../testing/bodies.ts'
import { testNow } from '../testing/fake-terminal.ts'
import { sagaChanges } from './changes.ts'
import { sagaDetails } from './details.ts'
import { sagaFrame } from './frame.ts'

const given = (more: object) => sagaBody.parse(sagaOf(more))
const at = (now: number) => ({ now, paint: plain, width: undefined })
const none = { children: [], holders: [], said: [] }
const minute = 60_000

/** What `show` says of the first step: its row of the ledger, and what it says below of its times. */
function shown(more: object, now: number): string[] {
  const lines = sagaDetails(given(more), none, at(now))
  return lines
    .filter((line) => /^ {2}0 .* ago |^ +(undo )?took /.test(line))
    .map((line) =>
      line
        .replace(/\d+ (s|min) ago/, 'AGO')
        .trim()
        .replaceAll(/ {2,}/g, '  '),
    )
    .slice(1)
}

const error = { reason: 'rejected:may_it', compensate_from_idx: 0 }
const undo = { undo_attempts: 1, undo_started_at: ago(6) }

describe('a time of a saga that has ended', () => {
  const undone = {
    status: 'rolled_back',
    ended_at: ago(2),
    error,
    steps: [
      stepOf(0, 'make', 'compensated', { ...undo, finished_at: null, undo_finished_at: ago(4) }),
    ],
  }

  it('stands still where a step was taken back that never finished', () => {
    const lines = ['0  make  ↩ Undone  AGO  6.0 s', 'took  6.0 s', 'undo took  2.0 s']
    expect(shown(undone, testNow)).toEqual(lines)
    expect(shown(undone, testNow + minute)).toEqual(lines)
  })

  it.each([
    ['compensating', undo, 'make', '✘ Left behind', ['undo took  4.0 s']],
    ['waiting', {}, 'other', '- Given up', []],
  ])('stands still where it was given up while %s', (status, more, left, words, undoTook) => {
    const leftBehind = [{ idx: 0, name: left, key: left === 'make' ? 'arcadia/0' : 'arcadia/7' }]
    const abandoned = {
      status: 'failed',
      ended_at: ago(2),
      error: { ...error, left_behind: leftBehind },
      steps: [stepOf(0, 'make', status, { ...more, finished_at: null })],
    }
    const lines = [`0  make  ${words}  AGO  8.0 s`, 'took  8.0 s', ...undoTook]
    expect(shown(abandoned, testNow)).toEqual(lines)
    expect(shown(abandoned, testNow + minute)).toEqual(lines)
    const [, line] = sagaFrame(given(abandoned), at(testNow + minute))
    expect(line).toMatch(new RegExp(`^ ${words.replace(' ', ' +make +')} {2}8.0 s$`))
  })
})

it('a time runs on in a saga that goes on, also past a parking', () => {
  const parked = { reason: 'asked:lunch', step: 0 }
  const steps = [stepOf(0, 'make', 'compensating', { ...undo, finished_at: null })]
  const open = { status: 'parked', parked, error, steps }
  expect(shown(open, testNow)).toEqual([
    '0  make  ◂ Undoing  AGO  10 s',
    'took  10 s',
    'undo took  6.0 s',
  ])
  expect(shown(open, testNow + minute).slice(1)).toEqual([
    'took  1 min 10 s',
    'undo took  1 min 06 s',
  ])
})

it('a roll back that was asked for is shown with the time of the undo, not with what lay between', () => {
  const rolledBack = given({
    status: 'rolled_back',
    ended_at: ago(2),
    error: { reason: 'rolled_back', compensate_from_idx: 0 },
    steps: [
      stepOf(0, 'make', 'compensated', {
        ...undo,
        started_at: ago(90),
        finished_at: ago(89),
        undo_started_at: ago(2.1),
        undo_finished_at: ago(2),
      }),
    ],
  })
  expect(sagaFrame(rolledBack, at(testNow))[1]).toMatch(/^ ↩ +make +Undone {2}0\.1 s$/)
  expect(sagaChanges(undefined, rolledBack, testNow)[0]).toBe('  ↩ make  Undone  0.1 s')
})
