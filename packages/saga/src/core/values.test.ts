import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMs } from './duration.ts'
import {
  ActRefused,
  ContextTooLarge,
  Fenced,
  InvalidInput,
  RunNotFound,
  ScheduleNotFound,
  SecretExposed,
  SecretUnavailable,
  StartKeyConflict,
  StepFailed,
  storedError,
  UnknownKind,
  UnknownStep,
  UnknownVersion,
} from './errors.ts'
import { canonicalJson, isObject, plainJson, toJson } from './json.ts'
import { silentLog } from './log.ts'
import { policyOf } from './policy.ts'
import { retryDelay, retryPolicy } from './retry.ts'
import { validate } from './schema.ts'
import { checkText } from './text.ts'

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

  it('that JSON would change is refused where it has to stay what it is', () => {
    const plain = { a: [1, 'x', true, null, undefined], b: Object.create(null) }
    expect(plainJson(plain, 'x')).toBe(plain)
    for (const changed of [new Date(0), new Map(), 1n, Number.NaN, () => 1, [{ a: new Date(0) }]]) {
      expect(() => plainJson(changed, 'the input')).toThrow('the input cannot be stored')
    }
  })

  it('is measured in bytes, whatever its characters take', () => {
    expect(() => toJson('😀'.repeat(300_000), 'x')).toThrow('more than 1048576 bytes')
    expect(() => toJson('߿'.repeat(600_000), 'x')).toThrow('more than 1048576 bytes')
    expect(() => toJson('x'.repeat(1_048_577), 'x')).toThrow('more than 1048576 bytes')
    const odd = {
      toJSON() {
        throw 'without an error'
      },
    }
    expect(() => toJson(odd, 'x')).toThrow('x cannot be stored: without an error')
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

  it('is what was asked for, of attempts and of undos', () => {
    const retry = { attempts: 2, initial: '2s', max: '4s', factor: 3, jitter: 0.1 } as const
    const made = { attempts: 2, initialMs: 2_000, maxMs: 4_000, factor: 3, jitter: 0.1 }
    const undoOptions = { retry, timeout: '3s', every: '7s', deadline: '9s' } as const
    const limits = policyOf({ retry, timeout: '1s', every: '2s', undoOptions })
    expect(limits).toMatchObject({ retry: made, timeoutMs: 1_000, everyMs: 2_000 })
    expect(limits.undo).toEqual({
      retry: made,
      timeoutMs: 3_000,
      everyMs: 7_000,
      deadlineMs: 9_000,
      onExhausted: 'park',
    })
    expect(policyOf({ timeout: '1s', every: '2s' }).undo).toMatchObject({
      timeoutMs: 1_000,
      everyMs: 2_000,
    })
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

describe('a duration that is none', () => {
  it('is refused', () => {
    expect(() => toMs(Number.POSITIVE_INFINITY)).toThrow('is not a duration')
    expect(() => toMs('11000d')).toThrow('ten years at most')
    expect(() => toMs(JSON.parse('"5"'))).toThrow('"5" is not a duration')
  })
})

describe('a text', () => {
  it('is ordinary, and not too long', () => {
    expect(() => checkText('é', 1, 'the start', 'key')).not.toThrow()
    for (const odd of ['', 'xx', '\u0000', '\ud800']) {
      expect(() => checkText(odd, 1, 'the start', 'key'), JSON.stringify(odd)).toThrow(
        'the start is not valid: key: give 1 to 1 characters of ordinary text',
      )
    }
  })
})

describe('a schema', () => {
  const refusing = (path?: readonly (PropertyKey | { key: PropertyKey })[]) => ({
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: () => ({ issues: [{ message: 'no', ...(path === undefined ? {} : { path }) }] }),
    },
  })

  it('that refuses names the path of each fault', async () => {
    await expect(validate(refusing(['a', { key: 0 }]), 1, 'x')).rejects.toThrow(
      new InvalidInput('x', [{ path: 'a.0', message: 'no' }]),
    )
    await expect(validate(refusing(), 1, 'x')).rejects.toThrow('x is not valid: no')
  })
})

describe('an error that a caller meets', () => {
  it.each([
    [new UnknownKind('a', ['b', 'c']), 'unknown_kind', 'known kinds: b, c'],
    [new UnknownStep('a', ['b']), 'unknown_step', 'known steps: b'],
    [new StartKeyConflict('k', 'r'), 'start_key_conflict', 'already started saga r'],
    [new UnknownVersion('a', 3, [1, 2]), 'unknown_version', 'known versions: 1, 2'],
    [new ScheduleNotFound('n'), 'schedule_not_found', 'there is no schedule "n"'],
    [new RunNotFound('r'), 'run_not_found', 'there is no saga run r'],
    [new ActRefused('no'), 'act_refused', 'no'],
    [new SecretUnavailable('s', 'no'), 'secret_unavailable', 'secret "s" cannot be resolved: no'],
    [new SecretExposed('it', 's'), 'secret_exposed', "give secret('s') in its place"],
    [new ContextTooLarge('it', 9, 8), 'context_too_large', 'to 9 bytes as JSON, of at most 8'],
    [new Fenced('r'), 'fenced', 'saga r now belongs to another worker'],
  ])('%s has a code of its own and words', (error, code, words) => {
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(error.name).toBe(error.constructor.name)
  })

  it('is nothing to a log that is silent', () => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      expect(silentLog[level]({}, 'x')).toBeUndefined()
    }
  })
})

describe('a stored error', () => {
  it('is what could be put into words', () => {
    expect(storedError(Object.assign(new Error('x'), { code: 7 }))).toEqual({
      code: 'Error',
      message: 'x',
    })
    expect(storedError(Object.create(null))).toEqual({
      code: 'thrown_value',
      message: 'something that cannot be put into words',
    })
  })

  it('keeps its code and message, and nothing that could not be stored', () => {
    expect(storedError(new StepFailed('no\u0000pe'))).toEqual({
      code: 'step_failed',
      message: 'nope',
    })
    expect(storedError(new TypeError('x'.repeat(5_000))).message).toHaveLength(2_000)
    expect(storedError('thrown text')).toEqual({ code: 'thrown_value', message: 'thrown text' })
  })
})
