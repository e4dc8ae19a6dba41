import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from './secret.ts'

describe('Secret', () => {
  const secret = new Secret('hunter2hunter2')

  it.each([
    ['a template', `${secret}`],
    ['concatenation', `x${String(secret)}`],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ secret }, { depth: 9, showHidden: true })],
    ['console.log', format('%s %o %O %j', secret, secret, secret, secret)],
    ['its own keys', JSON.stringify(Object.entries(secret))],
    ['a clone', JSON.stringify(structuredClone({ ...secret }))],
  ])('is not shown by %s', (_, text) => {
    expect(text).not.toContain('hunter2')
  })

  it('gives its value to those who ask', () => {
    expect(secret.reveal()).toBe('hunter2hunter2')
  })
})
