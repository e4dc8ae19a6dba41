import { describe, expect, it } from 'vitest'
import { explanationBody } from '../api/shapes.ts'
import { plain } from '../render/paint.ts'
import { ago, driftOf, explanationOf } from '../testing/bodies.ts'
import { testNow } from '../testing/fake-terminal.ts'
import { driftDetails } from './details.ts'

function shown(
  more: object = {},
  drift: object = driftOf(),
  width: number | undefined = 80,
): string {
  const explanation = explanationBody.parse(explanationOf(more, drift))
  return driftDetails(explanation, { now: testNow, paint: plain, width }).join('\n')
}

describe('why it is different', () => {
  it('is answered with both values, the rule, the reading, the owner and the acts', () => {
    expect(shown()).toBe(
      `droplet web-01: size_slug  d41f0001  Open

             AS IT IS       AS IT IS COMPARED
  asked for  "s-1vcpu-1gb"  "s-1vcpu-1gb"
  live       "s-2vcpu-4gb"  "s-2vcpu-4gb"

Why it is different
  rule        droplet size_slug: the slug of its size. It can be asked for, and
              a difference is drift. Compared as slug: upper and lower case are
              one.
  severity    medium
  asked for   version 3, 2026-02-28 11:00:00 UTC (25 h ago), by admin (baseline)
  owner       ArcadiaCloud
  terraform   size
  read        2026-03-01 11:58:30 UTC (1 min ago)
  first seen  2026-03-01 10:00:00 UTC (2 h ago)
  last seen   2026-03-01 11:58:30 UTC (1 min ago)
  resource    01952f00-0000-7000-8000-00004e500001 (412345678 in the cloud)
  drift       01952f00-0000-7000-8000-0000d41f0001

What you can do
  Keep live  arcadia drift accept d41f0001`,
    )
  })

  it('wraps values that do not fit beside each other, and cuts none', () => {
    const long = Array.from({ length: 12 }, (_, at) => `env:production-${at}`)
    const text = shown({
      judged: {
        expected: long,
        expected_canonical: long,
        actual: [],
        actual_canonical: [],
        observed_at: ago(90),
        spec_version: 3,
      },
      live: { raw: [], canonical: [], observed_at: ago(90), deleted_at: null },
    })
    expect(text).not.toContain('…')
    for (const tag of long) expect(text.split(`"${tag}"`)).toHaveLength(3)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('shows what is live by now when it has moved since it was judged', () => {
    const live = { raw: 's-8vcpu-16gb', canonical: 's-8vcpu-16gb', observed_at: ago(5) }
    const text = shown({ live })
    expect(text).toContain('live by now  "s-8vcpu-16gb"')
    expect(text).toContain('read last   2026-03-01 11:59:55 UTC (5 s ago)')
  })

  it.each([
    [1, 'came back   1 time'],
    [2, 'came back   2 times'],
  ])('says how often it came back (%i)', (flaps, words) => {
    expect(shown({}, driftOf({ flaps })).split('\n')).toContainEqual(
      expect.stringMatching(new RegExp(`${words}$`)),
    )
  })

  it('says of a missing resource that it is, and how it would be forgotten', () => {
    const drift = driftOf({ type: 'missing', field: null, expected: null, actual: null })
    const text = shown({ acts: [actOf({ needs: ['confirm_name'] })] }, drift)
    expect(text).toContain('droplet web-01: it is missing')
    expect(text).not.toContain('AS IT IS')
    expect(text).toContain('arcadia drift accept d41f0001 --confirm-name "web-01"')
  })
})

const actOf = (more: object) => ({
  act: 'accept',
  label: 'Keep live',
  allowed: true,
  reason: null,
  needs: [],
  also_change: null,
  ...more,
})

describe("why it can't be done", () => {
  it('is said where the command would stand', () => {
    const reason = 'saga 0f864aaf is changing this resource: wait for it'
    const text = shown({ acts: [actOf({ allowed: false, reason })] })
    expect(text).toContain(`Keep live  not now: ${reason}`)
    expect(text).not.toContain('arcadia drift accept')
  })

  it('an act says what has to be changed elsewhere', () => {
    const besides = 'Terraform (main, digitalocean_droplet.web) still asks for another value'
    expect(shown({ acts: [actOf({ also_change: besides })] }, driftOf(), 200)).toContain(besides)
  })
})
