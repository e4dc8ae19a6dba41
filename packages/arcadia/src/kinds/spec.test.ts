import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Attrs,
  canonicalOf,
  canonicalSpec,
  type JsonObject,
  kindOf,
  liveValue,
  specOf,
  storable,
} from './index.ts'
import { backup, web } from './testing/answers.ts'

const droplet = kindOf('droplet')
const snapshot = kindOf('snapshot')

describe('a spec', () => {
  test('meets what is there when it means the same', () => {
    const spec = { name: 'web-01.example.com', size_slug: 'S-1VCPU-1GB', tags: ['ENV:prod', 'web'] }
    const { canonical, problems } = canonicalSpec(droplet, spec)
    expect(problems).toEqual([])
    expect(canonicalOf(droplet, web).canonical).toMatchObject(canonical)
  })

  test.each([
    ['status', 'active', /ask for power/],
    ['size', 's-1vcpu-1gb', /ask for size_slug/],
    ['memory', 1024, /follows from size_slug/],
    ['image', 'ubuntu-24-04-x64', /cannot be compared/],
    ['user_data', '#cloud-config', /never gives it back/],
    ['networks', {}, /cloud's own/],
    ['size_slug', 7, /must be a slug/],
    ['tags', 'web', /must be a list/],
    ['power', 'rebooting', /must be one of "on", "off"/],
    ['backups', 'yes', /must be true or false/],
    ['anything', 'with \u0000 in it', /cannot be stored/],
  ])('%s = %j is refused with the reason', (field, value, reason) => {
    const { canonical, problems } = canonicalSpec(droplet, { [field]: value })
    expect(canonical).toEqual({})
    expect(problems).toEqual([{ field, message: expect.stringMatching(reason) }])
  })

  test('names every problem at once', () => {
    expect(canonicalSpec(droplet, { status: 'off', memory: 1 }).problems).toHaveLength(2)
  })

  test('null asks for nothing, or for what its absence means', () => {
    const { canonical } = canonicalSpec(droplet, { name: null, tags: null, vpc_uuid: null })
    expect(canonical).toEqual({ tags: [], vpc_uuid: null })
  })

  test('a name that is also a member of every object is a field like any other', () => {
    const spec: JsonObject = JSON.parse('{"__proto__": 1, "constructor": 2}')
    const { canonical, problems } = canonicalSpec(droplet, spec)
    expect(problems).toEqual([])
    expect(Object.keys(canonical).sort()).toEqual(['__proto__', 'constructor'])
    expect(liveValue(droplet, 'constructor', web)).toBeUndefined()
  })

  test.each([
    [droplet, web],
    [snapshot, backup],
  ])('made of what is there is met by it', (kind, attrs) => {
    const { canonical, problems } = canonicalSpec(kind, specOf(kind, attrs))
    expect(problems).toEqual([])
    expect(canonical).toEqual(canonicalOf(kind, attrs).canonical)
  })

  test('made of what is there leaves out what cannot be seen', () => {
    const { tags: _tags, ...seen } = web
    const spec = specOf(droplet, { ...seen, status: 'new' })
    expect(spec).not.toHaveProperty('tags')
    expect(spec).not.toHaveProperty('power')
    expect(spec).toMatchObject({ region: 'nyc3', backups: true })
  })

  test('survives JSON: what is there never differs from itself', () => {
    const anyName = fc.stringMatching(/^[a-zA-Z0-9.-]{1,30}$/)
    const anyDroplet = fc.record({
      name: anyName,
      size_slug: anyName,
      status: fc.constantFrom('active', 'off'),
      tags: fc.array(anyName),
      features: fc.array(fc.constantFrom('backups', 'ipv6', 'monitoring', 'other')),
      extra: fc.jsonValue(),
    })
    fc.assert(
      fc.property(anyDroplet, (changes) => {
        const attrs = storable({ ...web, ...changes })
        const { canonical, problems } = canonicalSpec(droplet, {
          ...specOf(droplet, attrs),
          extra: attrs['extra'] ?? null,
        })
        expect(problems).toEqual([])
        const returned: Attrs = JSON.parse(JSON.stringify(attrs))
        expect(canonicalOf(droplet, returned).canonical).toEqual(canonical)
      }),
    )
  })
})
