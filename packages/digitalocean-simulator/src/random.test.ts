import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRandom } from './random.ts'

test('the same seed and key give the same values, in whatever order they are drawn', () => {
  const [one, other] = [createRandom(7), createRandom(7)]
  other.fraction('something', 'else')
  expect(one.fraction('a', 1)).toBe(other.fraction('a', 1))
  expect(one.uuid('a')).toBe(other.uuid('a'))
  expect(createRandom(8).fraction('a', 1)).not.toBe(one.fraction('a', 1))
})

test('values stay within their bounds', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), fc.integer({ min: 0, max: 1000 }), (seed, key, span) => {
      const random = createRandom(seed)
      const value = random.integer(5, 5 + span, key)
      expect(value).toBeGreaterThanOrEqual(5)
      expect(value).toBeLessThanOrEqual(5 + span)
      expect(['x', 'y']).toContain(random.pick(['x', 'y'], key))
      expect(random.uuid(key)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      )
    }),
  )
})
