import { expect, test } from 'vitest'
import {
  formatRange,
  includes,
  netmask,
  overlaps,
  parseAddress,
  parseRange,
  sizeOfRange,
} from './ip-range.ts'

function range(text: string) {
  const parsed = parseRange(text)
  if (!parsed) throw new Error(`${text} is no range`)
  return parsed
}

test('a range is read and written', () => {
  expect(range('10.10.10.0/24')).toEqual({ base: 168_430_080, prefix: 24 })
  expect(formatRange(range('255.255.255.240/28'))).toBe('255.255.255.240/28')
  expect(sizeOfRange(range('10.0.0.0/16'))).toBe(65_536)
  expect(netmask(range('10.100.0.0/20'))).toBe('255.255.240.0')
  expect(parseAddress('178.128.133.144')).toBe(2_994_767_248)
})

test.each(['', '10.0.0.0', '10.0.0.1/24', '10.0.0.0/33', '10.0.0.256/32', '10.0.0.0/24/1', 'a/8'])(
  '%j names no range',
  (text) => expect(parseRange(text)).toBeNull(),
)

test.each([
  ['10.0.0.0/16', '10.0.4.0/24', true],
  ['10.0.4.0/24', '10.0.0.0/16', true],
  ['10.0.0.0/24', '10.0.1.0/24', false],
  ['10.0.0.0/24', '10.0.0.0/24', true],
])('%s overlaps %s: %s', (one, other, expected) => {
  expect(overlaps(range(one), range(other))).toBe(expected)
})

test('a range includes those that are no larger', () => {
  expect(includes(range('10.0.0.0/8'), range('10.3.0.0/16'))).toBe(true)
  expect(includes(range('10.3.0.0/16'), range('10.0.0.0/8'))).toBe(false)
  expect(includes(range('10.0.0.0/8'), range('11.0.0.0/16'))).toBe(false)
})
