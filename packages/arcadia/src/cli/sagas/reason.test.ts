import { expect, it } from 'vitest'
import { sagaBody } from '../api/shapes.ts'
import { sagaOf, stepOf } from '../testing/bodies.ts'
import { reasonOf, refusalOf } from './reason.ts'

const fault = { code: 'x', message: '503' }
const steps = [
  stepOf(0, 'make', 'failed', { error: fault, undo_error: { code: 'x', message: '422' } }),
]
const parked = (reason: string) =>
  reasonOf(sagaBody.parse(sagaOf({ status: 'parked', parked: { reason, step: 0 }, steps })))
const ended = (reason: string) => {
  const error = { reason, compensate_from_idx: 0 }
  return reasonOf(sagaBody.parse(sagaOf({ status: 'rolled_back', error, steps })))
}

it.each([
  ['step_failed:make', 'the step "make" failed (503), where there is no way back any more'],
  ['undo_exhausted:make', '"make" could not be taken back (422)'],
  ['outcome_unknown:make', 'nobody can tell whether "make" took effect (503)'],
  [
    'irreversible:pay',
    '"pay" took effect when the saga had gone back already, and nothing takes it back',
  ],
  ['unknown_step:other', 'no program that works on it knows its step "other"'],
  ['asked:lunch: an hour', 'it was parked (lunch: an hour)'],
  ['something new', 'something new'],
  ['code_of_tomorrow:make', 'code_of_tomorrow:make'],
])('parked by %s says in words what it needs', (reason, words) => {
  expect(parked(reason)).toBe(`it needs you: ${words}`)
})

it.each([
  ['step_failed:make', 'the step "make" failed (503)'],
  ['rejected:make', '"make" was rejected (503)'],
  ['cancelled', 'it was cancelled'],
  ['rolled_back', 'it was complete, and was rolled back'],
  ['abandoned', 'it was abandoned'],
])('gone back by %s says in words why', (reason, words) => {
  expect(ended(reason)).toBe(words)
})

it.each([
  ['It is parked already (asked:look at it)', 'It is parked already (look at it)'],
  [
    'it is parked already (undo_exhausted:make)',
    'it is parked already ("make" could not be taken back)',
  ],
  ['it has ended (failed)', 'it has ended (failed)'],
])('the refusal "%s" is told as "%s"', (text, words) => {
  expect(refusalOf(text)).toBe(words)
})
