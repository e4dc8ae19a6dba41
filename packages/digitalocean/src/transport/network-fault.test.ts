import { describe, expect, test } from 'vitest'
import { reasonOf, severanceOf } from './network-fault.ts'

function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error(`${syscall ?? ''} ${code}`), { code, syscall })
}

function fetchFailed(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause })
}

describe('what a rejected fetch proves', () => {
  test.each([
    ['ECONNREFUSED', 'connect'],
    ['ENOTFOUND', 'getaddrinfo'],
    ['EAI_AGAIN', 'getaddrinfo'],
    ['UND_ERR_CONNECT_TIMEOUT', undefined],
    ['EHOSTUNREACH', 'connect'],
    ['ENETUNREACH', 'connect'],
    ['ETIMEDOUT', 'connect'],
  ])('%s on %s: nothing was sent, another attempt may get through', (code, syscall) => {
    expect(severanceOf(fetchFailed(systemError(code, syscall)))).toBe('unconnected')
  })

  test.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    '%s: nothing was sent, another attempt will fare no better',
    (code) => expect(severanceOf(fetchFailed(systemError(code)))).toBe('untrusted'),
  )

  test.each([
    ['ECONNRESET', 'read'],
    ['ECONNRESET', undefined],
    ['EPIPE', 'write'],
    ['ETIMEDOUT', 'read'],
    ['EHOSTUNREACH', 'read'],
    ['UND_ERR_SOCKET', undefined],
    ['UND_ERR_HEADERS_TIMEOUT', undefined],
    ['UND_ERR_BODY_TIMEOUT', undefined],
    ['HPE_INVALID_CONSTANT', undefined],
    ['SOMETHING_NEW', undefined],
  ])('%s on %s: the request may have arrived', (code, syscall) => {
    expect(severanceOf(fetchFailed(systemError(code, syscall)))).toBe('broken')
  })

  test.each([[undefined], ['text'], [new TypeError('terminated')], [null], [{ code: 7 }]])(
    '%s, which says nothing: the request may have arrived',
    (thrown) => expect(severanceOf(thrown)).toBe('broken'),
  )

  test('of several addresses every one must agree that nothing was sent', () => {
    const refused = systemError('ECONNREFUSED', 'connect')
    const unreachable = systemError('ENETUNREACH', 'connect')
    const reset = systemError('ECONNRESET', 'read')
    const expired = systemError('CERT_HAS_EXPIRED')
    const all = (...errors: Error[]) =>
      severanceOf(fetchFailed(Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' })))
    expect(all(refused, unreachable)).toBe('unconnected')
    expect(all(refused, expired)).toBe('unconnected')
    expect(all(expired)).toBe('untrusted')
    expect(all(refused, reset)).toBe('broken')
  })

  test('a cause that is its own cause proves nothing', () => {
    const error = new Error('round')
    error.cause = error
    expect(severanceOf(error)).toBe('broken')
    expect(reasonOf(error)).toBe('round')
  })
})

describe('the reason in a few words', () => {
  test('is the innermost code, else the innermost message', () => {
    expect(reasonOf(fetchFailed(systemError('ECONNREFUSED', 'connect')))).toBe('ECONNREFUSED')
    expect(reasonOf(fetchFailed(new Error('other side closed')))).toBe('other side closed')
    expect(reasonOf(new Error(''))).toBe('no reason given')
    expect(reasonOf('thrown text')).toBe('thrown text')
  })
})
