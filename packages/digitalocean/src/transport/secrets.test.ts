import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secretsOf } from './secrets.ts'

const secrets = secretsOf(['dop_v1_read', 'dop_v1_write'])

describe('text from outside', () => {
  test('loses every token in it', () => {
    expect(secrets.text('no dop_v1_read, no dop_v1_write, no dop_v1_read')).toBe(
      'no [token], no [token], no [token]',
    )
  })

  test('becomes one line, so that it cannot forge another in a log', () => {
    expect(secrets.text(' a\r\nb\u0000\u001b[31mc\u2028d ')).toBe('a b [31mc d')
  })

  test('is cut at 500 characters, never in the middle of a token', () => {
    const long = `${'x'.repeat(495)}dop_v1_read${'y'.repeat(600)}`
    expect(secrets.text(long)).toBe(`${'x'.repeat(495)}[toke`)
  })

  test('never shows a token, wherever it stood', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(secrets.text(`${before}dop_v1_read${after}`)).not.toContain('dop_v1_read')
      }),
    )
  })

  test('keeps its words where a stand-in for a token is one of them', () => {
    expect(secretsOf(['read']).text('read ECONNRESET')).toBe('read ECONNRESET')
  })

  test('stays undefined', () => expect(secrets.text(undefined)).toBeUndefined())
})

describe('a cause from outside', () => {
  test('is kept as it is when it shows no token', () => {
    const cause = new Error('fetch failed', { cause: new Error('reset') })
    expect(secrets.cause(cause)).toBe(cause)
  })

  test.each([
    ['its message', new Error('Bearer dop_v1_read is invalid')],
    ['a property', Object.assign(new Error('x'), { config: { headers: ['dop_v1_read'] } })],
    ['its own cause', new Error('x', { cause: { authorization: 'Bearer dop_v1_read' } })],
    ['a hidden property', Object.defineProperty(new Error('x'), 'h', { value: 'dop_v1_read' })],
  ])('is replaced when it shows one in %s', (_, cause) => {
    const safe = secrets.cause(Object.assign(cause, { code: 'E_SOMETHING' }))
    expect(safe).toBeInstanceOf(Error)
    expect(inspect(safe, { depth: Infinity, showHidden: true })).not.toContain('dop_v1_read')
    expect(inspect(safe)).toContain('E_SOMETHING')
  })
})
