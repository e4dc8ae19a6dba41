import { expect, test } from 'vitest'
import { Tokens } from './access.ts'

test('any bearer token may do everything until tokens are declared', () => {
  const tokens = new Tokens()
  expect(tokens.authenticate('Bearer whatever').can('droplet:delete')).toBe(true)
  expect(tokens.authenticate('bearer whatever').can('droplet:delete')).toBe(true)
  tokens.declare([{ token: 'known', scopes: 'write' }])
  expect(() => tokens.authenticate('Bearer whatever')).toThrow('Unable to authenticate you')
  tokens.declare(null)
  expect(tokens.authenticate('Bearer whatever').token).toBe('whatever')
})

test.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer '])('%s is no token', (authorization) => {
  expect(() => new Tokens().authenticate(authorization)).toThrow('Unable to authenticate you')
})

test('a token may do what its scopes say, and no more', () => {
  const tokens = new Tokens()
  tokens.declare([
    { token: 'reader', scopes: 'read' },
    { token: 'writer', scopes: ['write'] },
    { token: 'narrow', scopes: ['droplet:*', 'tag:read'] },
  ])
  const can = (token: string, scope: `${string}:${string}`) =>
    tokens.authenticate(`Bearer ${token}`).can(scope)
  expect(can('reader', 'droplet:read')).toBe(true)
  expect(can('reader', 'droplet:create')).toBe(false)
  expect(can('writer', 'droplet:create')).toBe(true)
  expect(can('narrow', 'droplet:delete')).toBe(true)
  expect(can('narrow', 'tag:read')).toBe(true)
  expect(can('narrow', 'tag:create')).toBe(false)
})
