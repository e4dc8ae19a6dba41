import { NotFound, OutcomeUnknown } from '@arcadia-cloud/digitalocean'
import { expect, test } from 'vitest'
import { AccountNotFound, WritesRefused } from '../accounts/index.ts'
import { classify } from './classify.ts'

const details = { message: 'x', retryable: false } as const

test('an error of the client proves what it says of itself', () => {
  expect(classify(new NotFound({ ...details, effect: 'none' }))).toEqual({
    effect: 'none',
    retryable: false,
  })
  expect(classify(new OutcomeUnknown({ ...details, effect: 'unknown', retryable: true }))).toEqual({
    effect: 'unknown',
    retryable: true,
  })
})

test('what was refused before a request left had no effect', () => {
  const refused = new WritesRefused({ code: 'frozen', message: 'all is frozen' })
  expect(classify(refused)).toEqual({ effect: 'none', retryable: false })
  expect(classify(new AccountNotFound('x'))).toEqual({ effect: 'none', retryable: false })
})

test('an error that carries a verdict of its own is believed', () => {
  const error = Object.assign(new Error('another team'), { effect: 'none', retryable: false })
  expect(classify(error)).toEqual({ effect: 'none', retryable: false })
})

test.each([
  new Error('x'),
  Object.assign(new Error('x'), { effect: 'maybe', retryable: true }),
  Object.assign(new Error('x'), { effect: 'none' }),
  { effect: 'none', retryable: true },
  'text',
  undefined,
])('everything else proves nothing: %s', (error) => {
  expect(classify(error)).toBeUndefined()
})
