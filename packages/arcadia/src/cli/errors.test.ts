import { describe, expect, it } from 'vitest'
import { SettingsError } from '../settings/index.ts'
import { ApiProblem, exitCodeOf, StrangeAnswer, Unreachable } from './api/errors.ts'
import { errorLines, explain, NotConfirmed, UsageError } from './errors.ts'
import { exitCodes, exitCodeTable } from './exit-codes.ts'

const lines = (error: unknown, logLevel?: string) =>
  errorLines(error, { logLevel, width: undefined }).join('\n')

describe('exit codes', () => {
  it.each([
    [400, exitCodes.usage],
    [401, exitCodes.unreachable],
    [403, exitCodes.refused],
    [404, exitCodes.usage],
    [409, exitCodes.refused],
    [413, exitCodes.usage],
    [422, exitCodes.usage],
    [429, exitCodes.failed],
    [500, exitCodes.failed],
    [503, exitCodes.failed],
  ])('of the status %i is %i', (status, code) => {
    expect(exitCodeOf(status)).toBe(code)
  })

  it.each([
    [new UsageError('x'), exitCodes.usage],
    [new SettingsError('PORT', 'x'), exitCodes.usage],
    [new NotConfirmed('x'), exitCodes.refused],
    [new Unreachable('http://x', 'y', 'read', {}), exitCodes.unreachable],
    [new StrangeAnswer('http://x', 'y'), exitCodes.failed],
    [new Error('x'), exitCodes.failed],
    ['thrown text', exitCodes.failed],
  ])('of %s is told apart', (error, code) => {
    expect(explain(error).exitCode).toBe(code)
  })

  it('are all in the table that the help shows, once', () => {
    const told = exitCodeTable.map(([code]) => code)
    expect(new Set(told).size).toBe(told.length)
    const { terminated, ...others } = exitCodes
    expect(told).toEqual(Object.values(others))
    expect(exitCodeTable.at(-1)?.[1]).toContain(String(terminated))
  })
})

describe('an error in words', () => {
  it("is the problem's own detail, and what to do", () => {
    const problem = { detail: 'writes to "x" are not enabled', code: 'writes_disabled' }
    expect(lines(new ApiProblem(409, problem, {}))).toBe(
      'error: Writes to "x" are not enabled.\n       Nothing was changed.',
    )
  })

  it('names the faults that the detail does not', () => {
    const faults = [{ path: 'input.droplet_id', message: 'must be an id' }]
    const short = new ApiProblem(422, { detail: 'the body is not valid', errors: faults }, {})
    const long = new ApiProblem(422, { detail: 'droplet_id: must be an id', errors: faults }, {})
    expect(lines(short)).toContain('input.droplet_id: must be an id')
    expect(lines(long).split('\n')).toHaveLength(1)
  })

  it('says what is known of a request that got no answer', () => {
    const refused = lines(new Unreachable('http://x:1', 'refused', 'never_left', {}))
    expect(refused).toContain('npm start')
    expect(lines(new Unreachable('http://x:1', 'broke', 'unknown', {}))).toContain('not known')
  })

  it('is never a stack, unless LOG_LEVEL is debug', () => {
    const error = new Error('something odd')
    expect(lines(error)).toBe(
      'error: something odd\n       LOG_LEVEL=debug shows where in the program this came from.',
    )
    expect(lines(error, 'info')).not.toContain('errors.test.ts')
    expect(lines(error, 'debug')).toContain('errors.test.ts')
  })

  it('is wrapped to the terminal, and harmless', () => {
    const text = errorLines(new UsageError(`${'word '.repeat(30)}\u001b[2J`), {
      logLevel: undefined,
      width: 60,
    })
    expect(Math.max(...text.map((line) => line.length))).toBeLessThanOrEqual(60)
    expect(text.join('')).not.toContain('\u001b')
  })

  it('tells a port in use, and several faults at once', () => {
    const inUse = Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 4000 })
    expect(lines(inUse)).toContain('The port 4000 is in use')
    expect(lines(new AggregateError([new Error('one'), new Error('two')]))).toContain('one; two')
  })
})
