import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InvalidInput } from './errors.ts'
import { Scrubber } from './scrubber.ts'
import { isSecretRef, type SecretRef, secret, secretRef } from './secret.ts'

function knowing(secrets: Readonly<Record<string, string>>): Scrubber {
  const scrubber = new Scrubber()
  for (const [name, value] of Object.entries(secrets)) scrubber.add(name, value)
  return scrubber
}

describe('a reference to a secret', () => {
  it('is plain JSON that names it', () => {
    expect(JSON.parse(JSON.stringify(secret('token')))).toEqual({ $secret: 'token' })
    expect(() => secret('')).toThrow(InvalidInput)
  })

  it('is told from anything else', () => {
    expect(isSecretRef(secret('token'))).toBe(true)
    for (const other of [
      null,
      'token',
      {},
      { $secret: 1 },
      { $secret: '' },
      { $secret: 'a', b: 1 },
    ]) {
      expect(isSecretRef(other)).toBe(false)
    }
  })

  it('is what a schema of its own takes, and one of zod', async () => {
    const ref = z.object({ token: z.custom<SecretRef>(isSecretRef) })
    const { token } = ref.parse({ token: secret('token') })
    expect(token satisfies SecretRef).toEqual({ $secret: 'token' })
    expect(ref.safeParse({ token: 'hunter22' }).success).toBe(false)
    const { validate } = secretRef['~standard']
    expect(await validate(secret('token'))).toEqual({ value: { $secret: 'token' } })
    expect(await validate('hunter22')).toMatchObject({ issues: [{ message: /give a reference/ }] })
  })
})

describe('a text', () => {
  const value = 'p/q "é" ü\\1'
  const scrubber = knowing({ token: value })

  it.each([
    ['as it is', value],
    ['URL-encoded', encodeURIComponent(value)],
    ['URL-encoded in lower case', encodeURIComponent(value).toLowerCase()],
    ['as a field of a form', new URLSearchParams({ v: value }).toString().slice(2)],
    ['as a part of an URL', encodeURI(value)],
    ['escaped as in JSON', JSON.stringify(value).slice(1, -1)],
  ])('loses the value of a secret %s', (_, form) => {
    expect(scrubber.text(`no ${form}, no ${form}!`)).toBe('no [secret token], no [secret token]!')
  })

  it('loses the longer of two secrets first, so that nothing of it is left', () => {
    expect(knowing({ a: 'hunter', b: 'hunter-and-prey' }).text('hunter-and-prey')).toBe(
      '[secret b]',
    )
  })

  it('keeps a value of fewer than four characters, which may stand for anything', () => {
    expect(knowing({ pin: 'abc' }).text('abc')).toBe('abc')
    expect(knowing({ pin: 'abcd' }).text('abcd')).toBe('[secret pin]')
  })
})

describe('a value', () => {
  const scrubber = knowing({ token: 'hunter22', pin: '4711' })

  it.each([
    ['a text', { a: ['x hunter22 y'] }, { a: ['x [secret token] y'] }, 'token'],
    ['the name of a member', { hunter22: 1 }, { '[secret token]': 1 }, 'token'],
    ['a number', { a: 4711 }, { a: '[secret pin]' }, 'pin'],
  ])('is known to hold a secret as %s, and loses it there alone', (_, value, scrubbed, name) => {
    expect(scrubber.nameIn(value)).toBe(name)
    expect(scrubber.json({ ...value, id: 7 })).toEqual({ ...scrubbed, id: 7 })
  })

  it('that holds none is as it was', () => {
    const value = { id: 14711, ok: true, list: [null, 'hunter2'] }
    expect(scrubber.nameIn(value)).toBeUndefined()
    expect(scrubber.json(value)).toEqual(value)
  })
})
