import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMs } from './duration.ts'
import { StepFailed, storedError } from './errors.ts'
import { canonicalJson, isObject, toJson } from './json.ts'
import { retryDelay, retryPolicy } from './retry.ts'

describe('a value', () => {
  it('is kept as JSON would carry it', () => {
    expect(toJson({ a: undefined, b: new Date(0), c: [undefined] }, 'x')).toEqual({
      b: '1970-01-01T00:00:00.000Z',
      c: [null],
    })
    expect(toJson(undefined, 'x')).toBeNull()
  })

  it('that PostgreSQL would refuse is refused before it is sent, by name', () => {
    expect(() => toJson({ a: ['x\u0000'] }, 'the output')).toThrow(
      'the output cannot be stored: it holds the character U+0000',
    )
    expect(() => toJson({ 'k\u0000': 1 }, 'x')).toThrow('U+0000')
    expect(() => toJson('\ud800', 'x')).toThrow('half of a surrogate pair')
    expect(() => toJson(1n, 'x')).toThrow('BigInt')
    expect(() => toJson('é'.repeat(600_000), 'x')).toThrow('more than 1048576 bytes')
  })

  it('that only looks like an escape is kept', () => {
    const text = 'a \\u0000 and \\ud800 and 😀'
    expect(toJson({ text }, 'x')).toEqual({ text })
  })

  it('has one canonical text, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const backwards = Object.fromEntries(Object.entries(value).reverse())
        const text = canonicalJson(toJson(value, 'x'))
        expect(canonicalJson(toJson(backwards, 'x'))).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
    expect(isObject([])).toBe(false)
  })
})

describe('a wait between attempts', () => {
  const policy = retryPolicy(
    {},
    { attempts: 5, initialMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0.5 },
  )

  it('grows, stays within its bounds, and shrinks only by its share of chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const full = retryDelay(policy, attempt, 0)
          const wait = retryDelay(policy, attempt, random)
          expect(full).toBe(Math.min(60_000, 1_000 * 2 ** (attempt - 1)))
          expect(wait).toBeLessThanOrEqual(full)
          expect(wait).toBeGreaterThanOrEqual(full / 2 - 1)
        },
      ),
    )
  })

  it('is refused when it makes no sense', () => {
    for (const wrong of [
      { attempts: 0 },
      { attempts: 1.5 },
      { factor: 0.5 },
      { jitter: 2 },
      { jitter: Number.NaN },
      { initial: -1 },
    ]) {
      expect(() => retryPolicy(wrong, policy), JSON.stringify(wrong)).toThrow(TypeError)
    }
  })
})

describe('a duration', () => {
  it('is milliseconds, or a number with its unit', () => {
    expect([250, '250ms', '5s', '1.5m', '2h', '1d'].map((given) => toMs(given as '5s'))).toEqual([
      250, 250, 5_000, 90_000, 7_200_000, 86_400_000,
    ])
  })
})

describe('a stored error', () => {
  it('keeps its code and message, and nothing that could not be stored', () => {
    expect(storedError(new StepFailed('no\u0000pe'))).toEqual({
      code: 'step_failed',
      message: 'nope',
    })
    expect(storedError(new TypeError('x'.repeat(5_000))).message).toHaveLength(2_000)
    expect(storedError('thrown text')).toEqual({ code: 'thrown_value', message: 'thrown text' })
  })
})
