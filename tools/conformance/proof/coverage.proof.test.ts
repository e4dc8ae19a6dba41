import { describe, expect, it } from 'vitest'
import { AllowList } from '../src/allowed.ts'
import type { Made } from '../src/api.ts'
import { attribute, coverageOf } from '../src/coverage.ts'
import { conforms, report } from '../src/report.ts'
import { violationsOf } from '../src/violations.ts'

const route = 'GET /v2/droplets/:droplet/backups'

function made(body: unknown, changes: Partial<Made> = {}): Made {
  const call = { scenario: 's', method: 'GET', path: '/v2/droplets/7/backups', requestId: 'r' }
  return { ...call, status: 200, expected: 200, body, violations: [], ...changes }
}

function covered(call: Made, applied = false) {
  return coverageOf([route], attribute([call], [{ request_id: 'r', route, applied }]))
}

describe('a route', () => {
  it('is walked when an answer had something in it', () => {
    const full = covered(made({ backups: [{ id: 7 }], links: {}, meta: { total: 1 } }))
    expect(full).toMatchObject({ served: [route], missing: [], emptyOnly: [] })
  })

  it.each([{ backups: [], links: {}, meta: { total: 0 } }, { backups: null }, undefined])(
    'is not walked by %j alone',
    (body) => {
      expect(covered(made(body))).toMatchObject({ missing: [], emptyOnly: [route] })
    },
  )

  it('is walked without a body when something was changed', () => {
    expect(covered(made(undefined, { status: 204 }), true)).toMatchObject({ emptyOnly: [] })
  })

  it('is not walked by a refusal', () => {
    expect(covered(made({ id: 'x' }, { status: 422 }))).toMatchObject({ missing: [route] })
  })

  it('is not walked by a call that the simulator took for another', () => {
    const calls = attribute([made({ backups: [1] })], [])
    expect(coverageOf([route], calls)).toMatchObject({ missing: [route] })
  })
})

describe('a route that has nothing to say', () => {
  const of = (body: unknown) => {
    const calls = attribute([made(body)], [{ request_id: 'r', route, applied: false }])
    return coverageOf([route], calls, [{ route, why: 'w' }])
  }

  it('may be silent, and only then', () => {
    expect(of({ backups: [] })).toMatchObject({ emptyOnly: [], silent: [route], notSilent: [] })
    expect(of({ backups: [7] })).toMatchObject({ silent: [], notSilent: [route] })
  })

  it('must be asked, and served', () => {
    expect(coverageOf([route], [], [{ route, why: 'w' }])).toMatchObject({ missing: [route] })
    expect(coverageOf([], [], [{ route, why: 'w' }])).toMatchObject({ notSilent: [route] })
  })
})

describe('violations', () => {
  const header = JSON.stringify([
    { location: ['response', 'body', 'a', 0], severity: 'Error', message: 'is wrong' },
    { location: ['request'], severity: 'Warning', message: 'is old' },
  ])
  const [violation] = violationsOf(header)

  it('are the errors that the proxy tells in its header', () => {
    expect(violationsOf(header)).toEqual([{ where: 'response.body.a.0', what: 'is wrong' }])
    expect(violationsOf(null)).toEqual([])
  })

  it('are allowed where an entry says so, and the entry counts as needed', () => {
    const entry = { route: /^GET/, where: /^response\.body/, what: /wrong/, why: 'w' }
    const list = new AllowList([entry, { ...entry, what: /right/ }])
    if (!violation) throw new Error('there is no violation')
    expect(list.allows('POST /v2/tags', violation)).toBe(false)
    expect(list.unused).toHaveLength(2)
    expect(list.allows('GET /v2/tags', violation)).toBe(true)
    expect(list.unused).toMatchObject([{ what: /right/ }])
  })
})

describe('the whole', () => {
  const fine = { coverage: covered(made({ backups: [7] })), calls: [], failures: [], unused: [] }
  const nothing = { served: [route], missing: [], emptyOnly: [], silent: [], notSilent: [] }
  const entry = { where: /w/, what: /w/, why: 'w' }

  it.each([
    { failures: ['f'] },
    { unused: [entry] },
    { coverage: { ...nothing, missing: [route] } },
    { coverage: { ...nothing, emptyOnly: [route] } },
    { coverage: { ...nothing, notSilent: [route] } },
  ])('fails with %j', (changes) => {
    expect(conforms({ ...fine, ...changes }, true)).toBe(false)
    expect(report({ ...fine, ...changes }, true).length).toBeGreaterThan(1)
  })

  it('conforms otherwise, and of a part only violations are asked', () => {
    expect(conforms(fine, true)).toBe(true)
    expect(conforms({ ...fine, unused: [entry] }, false)).toBe(true)
    expect(conforms({ ...fine, failures: ['f'] }, false)).toBe(false)
    expect(report(fine, true).at(-1)).toContain('1 of 1 routes served were walked')
  })
})
