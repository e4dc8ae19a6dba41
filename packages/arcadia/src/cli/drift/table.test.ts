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
    'ID        RESOURCE  FIELD          ASKED FOR    LIVE         SEVERITY  SINCE    KIND',
    'd41f0001  web-01    size_slug      s-1vcpu-1gb  s-2vcpu-4gb  medium    2 h ago  droplet',
    'd41f0002  987       it is missing                            critical  2 h ago  snapshot',
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

it.each(['open', 'review', 'reverting'])(
  'keeps the severity of %s drift at 80 columns',
  (status) => {
    const long = { name: 'web-with-a-rather-long-name-01', kind: 'droplet', external_id: '1' }
    const value = { expected: 's-1vcpu-1gb-and-more', actual: 's-2vcpu-4gb-and-more' }
    const wide = given({ status, resource: long, field: 'a_field_of_it', ...value })
    const lines = driftTable([given(), wide], { paint: plain, width: 80, now: testNow })
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80)
    expect(lines[0]).toContain('SEVERITY')
  },
)

it.each([
  [['stale', 'accepted'], 'LIVE THEN'],
  [['stale', 'open'], 'LIVE'],
])('of %j titles what was live %s', (statuses, title) => {
  const [head] = driftTable(
    statuses.map((status) => given({ status })),
    { paint: plain, width: undefined, now: testNow },
  )
  expect(head).toMatch(new RegExp(`ASKED FOR +${title} +STATUS`))
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
