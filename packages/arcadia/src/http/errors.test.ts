import { ActRefused, InvalidInput, UnstorableValue } from '@arcadia-cloud/saga'
import { HTTPException } from 'hono/http-exception'
import { expect, test } from 'vitest'
import { WritesRefused } from '../accounts/index.ts'
import { SpecRefused } from '../provisioning/index.ts'
import { problemOf } from './errors.ts'
import { HttpProblem } from './problem.ts'

const lasting = { isTransient: () => false }
const statusAndCode = (error: unknown) => {
  const { status, code } = problemOf(error, lasting)
  return `${status} ${code}`
}

test("the features' errors keep their code and their words", () => {
  const refused = new WritesRefused({ code: 'frozen', message: 'all was frozen; resume it' })
  expect(problemOf(refused, lasting)).toMatchObject({
    status: 409,
    code: 'frozen',
    message: 'all was frozen; resume it',
  })
  expect(statusAndCode(new ActRefused('it has ended'))).toBe('409 act_refused')
  expect(statusAndCode(new UnstorableValue('the input', 'too large'))).toBe('422 unstorable_value')
})

test('faults are told one by one, with their paths in the body', () => {
  const input = new InvalidInput('the input', [
    { path: 'droplet_id', message: 'a number' },
    { path: '', message: 'an object' },
  ])
  expect(problemOf(input, lasting).errors.map(({ path }) => path)).toEqual([
    'input.droplet_id',
    'input',
  ])
  const spec = new SpecRefused([{ field: 'size_slug', message: 'a slug' }])
  expect(problemOf(spec, lasting).errors).toEqual([{ path: 'spec.size_slug', message: 'a slug' }])
})

test('an error that is not ours says nothing, whatever its code', () => {
  const driver = Object.assign(new Error('relation "secret" does not exist'), { code: 'frozen' })
  for (const error of [driver, new TypeError('x is undefined'), 'text']) {
    const problem = problemOf(error, lasting)
    expect(problem).toMatchObject({ status: 500, code: 'internal_error' })
    expect(problem.message).not.toMatch(/secret|undefined|text/)
    expect(problem.cause).toBe(error)
  }
})

test('a database that does not answer is worth another try', () => {
  const problem = problemOf(new Error('connection terminated'), { isTransient: () => true })
  expect(problem).toMatchObject({ status: 503, code: 'database_unavailable' })
  expect(problem.headers).toHaveProperty('retry-after')
  expect(problem.message).not.toContain('terminated')
})

test('what the framework refuses is a bad request, and what it fails at our fault', () => {
  expect(statusAndCode(new HTTPException(400, { message: 'odd' }))).toBe('400 bad_request')
  expect(statusAndCode(new HTTPException(500))).toBe('500 internal_error')
})

test('a problem is itself', () => {
  const problem = new HttpProblem(409, 'x', 'y')
  expect(problemOf(problem, lasting)).toBe(problem)
})
