import { expect, test } from 'vitest'
import { includes, matchesPath } from './pattern.ts'

test.each([
  ['/v2/droplets', '/v2/droplets', true],
  ['/v2/droplets', '/v2/droplets/', true],
  ['/v2/droplets', '/v2/droplets/1', false],
  ['/v2/droplets/*', '/v2/droplets/1', true],
  ['/v2/droplets/*', '/v2/droplets', false],
  ['/v2/droplets/*/actions', '/v2/droplets/1/actions', true],
  ['/v2/*/actions', '/v2/droplets/1/actions', false],
  ['/v2/**/actions', '/v2/droplets/1/actions', true],
  ['/v2/**/actions', '/v2/actions', true],
  ['/**', '/v2/droplets/1/actions', true],
  ['/**', '/', true],
])('%s and %s: %s', (pattern, path, expected) => {
  expect(matchesPath(pattern, path)).toBe(expected)
})

test('a body is matched by the fields that are asked for, however deep', () => {
  expect(includes({ type: 'snapshot', name: 'a' }, { type: 'snapshot' })).toBe(true)
  expect(includes({ type: 'resize', size: { slug: 'c-2', x: 1 } }, { size: { slug: 'c-2' } })).toBe(
    true,
  )
  expect(includes({ tags: ['a', 'b'] }, { tags: ['a'] })).toBe(false)
  expect(includes({ type: 'rename' }, { type: 'snapshot' })).toBe(false)
  expect(includes(undefined, { type: 'snapshot' })).toBe(false)
  expect(includes(null, {})).toBe(false)
})
