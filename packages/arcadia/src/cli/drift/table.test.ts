import { expect, it } from 'vitest'
import { type Drift, driftBody } from '../api/shapes.ts'
import { exitCodes } from '../exit-codes.ts'
import { plain } from '../render/paint.ts'
import { widthOf } from '../render/text.ts'
import { driftOf, uuid } from '../testing/bodies.ts'
import { testNow } from '../testing/fake-terminal.ts'
import { driftTable, exitCodeOf } from './table.ts'

const given = (more: object = {}): Drift => driftBody.parse(driftOf(more))
const rows = [
  given(),
  given({
    id: uuid('d41f0002'),
    type: 'missing',
    field: null,
    expected: null,
    actual: null,
    severity: 'critical',
    resource: { name: null, kind: 'snapshot', external_id: '987' },
  }),
]

it('shows what was asked for and what is live, a line a difference', () => {
  expect(driftTable(rows, { paint: plain, width: undefined, now: testNow })).toEqual([
    'ID        RESOURCE  FIELD          ASKED FOR    LIVE         SINCE    SEVERITY  KIND',
    'd41f0001  web-01    size_slug      s-1vcpu-1gb  s-2vcpu-4gb  2 h ago  medium    droplet',
    'd41f0002  987       it is missing                            2 h ago  critical  snapshot',
  ])
})

it('fits 80 columns without cutting ids, and says the status where it is not open', () => {
  const lines = driftTable([...rows, given({ status: 'stale' })], {
    paint: plain,
    width: 80,
    now: testNow,
  })
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80)
  expect(lines[3]).toContain('Fixed elsewhere')
})

it.each([
  ['open', exitCodes.drift],
  ['review', exitCodes.ok],
  ['accepted', exitCodes.ok],
  ['stale', exitCodes.ok],
])('of %s drift the exit code is %i', (status, code) => {
  expect(exitCodeOf([given({ status })])).toBe(code)
})

it('without drift the exit code is 0', () => {
  expect(exitCodeOf([])).toBe(exitCodes.ok)
})
