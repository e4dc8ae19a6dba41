import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Attrs,
  canonicalOf,
  canonicalSpec,
  changedFields,
  explainField,
  fieldOf,
  type JsonObject,
  kindOf,
  kinds,
  liveValue,
  severityOf,
  specOf,
  storable,
} from './index.ts'

const droplet = kindOf('droplet')
const snapshot = kindOf('snapshot')

/** After DigitalOcean's own example of a droplet. */
const web: Attrs = {
  id: 3164444,
  name: 'web-01.example.com',
  memory: 1024,
  vcpus: 1,
  disk: 25,
  locked: false,
  status: 'active',
  kernel: null,
  created_at: '2020-07-21T18:37:44Z',
  features: ['backups', 'private_networking', 'ipv6'],
  backup_ids: [53893572],
  next_backup_window: { start: '2020-07-30T00:00:00Z', end: '2020-07-30T23:00:00Z' },
  snapshot_ids: [67512819],
  image: { id: 63663980, slug: 'ubuntu-20-04-x64' },
  volume_ids: [],
  size: { slug: 's-1vcpu-1gb', price_monthly: 6 },
  size_slug: 's-1vcpu-1gb',
  networks: { v4: [{ ip_address: '192.241.165.154', type: 'public' }], v6: [] },
  region: { name: 'New York 3', slug: 'nyc3' },
  tags: ['web', 'env:prod'],
  vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
}

const backup: Attrs = {
  id: '6372321',
  name: 'web-01-1595954862243',
  created_at: '2020-07-28T16:47:44Z',
  regions: ['nyc3'],
  resource_id: '200776916',
  resource_type: 'droplet',
  min_disk_size: 25,
  size_gigabytes: 2.34,
  tags: ['web'],
}

describe('the description of a kind', () => {
  test.each(kinds)(
    '$name: every field that can be asked for says what it takes to change it',
    ({ fields }) => {
      for (const field of Object.values(fields)) {
        if (field.authority === 'managed') expect(field.change).toBeDefined()
        else expect(field.change).toBeUndefined()
        expect(field.pointer).toMatch(/^\//)
        expect(field.note).not.toBe('')
      }
    },
  )

  test('a droplet is identified, named and placed by its answer', () => {
    expect(droplet.externalId(web)).toBe('3164444')
    expect(droplet.urn('3164444')).toBe('do:droplet:3164444')
    expect(droplet.columns(web)).toEqual({
      name: 'web-01.example.com',
      region: 'nyc3',
      size_slug: 's-1vcpu-1gb',
      status: 'active',
      tags: ['web', 'env:prod'],
    })
  })

  test('a snapshot is in a region only when it is in one', () => {
    expect(snapshot.columns(backup).region).toBe('nyc3')
    expect(snapshot.columns({ ...backup, regions: ['nyc3', 'sfo3'] }).region).toBeNull()
  })

  test('an unknown kind is refused, and the known ones named', () => {
    expect(() => kindOf('dropplet')).toThrow(/"dropplet".*droplet, snapshot/)
    expect(() => kindOf('__proto__')).toThrow(/no kind/)
  })
})

describe('what is compared', () => {
  test('of a droplet: what can be asked for, and nothing that is the cloud’s own', () => {
    expect(canonicalOf(droplet, web)).toEqual({
      canonical: {
        name: 'web-01.example.com',
        region: 'nyc3',
        size_slug: 's-1vcpu-1gb',
        tags: ['env:prod', 'web'],
        power: 'on',
        vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
        volume_ids: [],
        backups: true,
        ipv6: true,
        monitoring: false,
      },
      unobservable: [],
    })
  })

  test.each(['locked', 'kernel', 'networks', 'image', 'next_backup_window', 'memory', 'disk'])(
    'a changed %s is no difference',
    (name) => {
      const other = { ...web, [name]: 'something else' }
      expect(canonicalOf(droplet, other)).toEqual(canonicalOf(droplet, web))
    },
  )

  test('fields that the token’s scopes hide are unobservable, and not in the canonical form', () => {
    const { tags: _tags, vpc_uuid: _vpc, volume_ids: _volumes, ...seen } = web
    const { canonical, unobservable } = canonicalOf(droplet, seen)
    expect(unobservable).toEqual(['tags', 'volume_ids', 'vpc_uuid'])
    expect(Object.keys(canonical)).not.toContain('tags')
  })

  test('no tags are not hidden tags', () => {
    expect(canonicalOf(snapshot, { ...backup, tags: null })).toMatchObject({
      canonical: { tags: [] },
      unobservable: [],
    })
  })

  test.each(['new', 'archive'])('in the passing status %s the power cannot be told', (status) => {
    const { canonical, unobservable } = canonicalOf(droplet, { ...web, status })
    expect(unobservable).toEqual(['power'])
    expect(canonical).not.toHaveProperty('power')
  })

  test('a field that the kind does not describe is found by its name', () => {
    const live = canonicalOf(droplet, { ...web, new_in_the_api: { a: [1] } })
    const asked = canonicalSpec(droplet, { new_in_the_api: { a: [1] } })
    expect(live.canonical['new_in_the_api']).toEqual(asked.canonical['new_in_the_api'])
  })
})

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

describe('what changed between two answers', () => {
  test('is told by field, with the values as the answers have them', () => {
    const bigger = { ...web, size_slug: 's-2vcpu-2gb', memory: 2048, status: 'off' }
    expect(changedFields(droplet, web, bigger)).toEqual({
      size_slug: { from: 's-1vcpu-1gb', to: 's-2vcpu-2gb' },
      memory: { from: 1024, to: 2048 },
      status: { from: 'active', to: 'off' },
      power: { from: 'on', to: 'off' },
    })
  })

  test('is nothing when only order, spelling or restless fields differ', () => {
    const other = {
      ...web,
      tags: ['ENV:prod', 'web'],
      features: ['ipv6', 'backups', 'private_networking'],
      locked: true,
      next_backup_window: null,
      backup_ids: [1],
      size: { slug: 's-1vcpu-1gb', price_monthly: 7 },
      image: null,
    }
    expect(changedFields(droplet, web, other)).toEqual({})
  })

  test('is nothing where one of them could not show the field', () => {
    const { tags: _tags, ...hidden } = web
    expect(changedFields(droplet, web, hidden)).toEqual({})
    expect(changedFields(droplet, hidden, web)).toEqual({})
  })

  test('includes what the kind does not describe', () => {
    expect(changedFields(droplet, web, { ...web, novel: 1 })).toEqual({
      novel: { from: null, to: 1 },
    })
  })
})

describe('a rule', () => {
  test('is told in words', () => {
    expect(explainField(droplet, 'size_slug')).toMatchObject({
      described: true,
      authority: 'managed',
      terraform: 'size',
      change: { how: 'disruptive', undoable: true },
      rule: expect.stringMatching(/slugs are the same whatever their case.*interruption/),
    })
    expect(explainField(droplet, 'tags').scope).toBe('tag:read')
    expect(explainField(droplet, 'novel')).toMatchObject({ described: false, form: 'json' })
  })

  test('weighs a difference by what it does', () => {
    expect(severityOf(droplet, 'power', 'on', 'off')).toBe('critical')
    expect(severityOf(droplet, 'power', 'off', 'on')).toBe('medium')
    expect(severityOf(droplet, 'name', 'a', 'b')).toBe('low')
    expect(severityOf(droplet, 'tags', [], ['web'])).toBe('high')
    expect(severityOf(droplet, 'novel', 1, 2)).toBe('medium')
  })

  test('of a name with slashes still finds the member of that name', () => {
    expect(liveValue(droplet, 'a/b~c', { 'a/b~c': 7 })).toBe(7)
    expect(fieldOf(droplet, 'a/b').pointer).toBe('/a~1b')
  })
})

describe('an answer that PostgreSQL could not store', () => {
  test('is stored without what it refuses', () => {
    expect(storable({ name: 'a\u0000b', list: ['\ud800'], 'k\u0000': { deep: '\u0000' } })).toEqual(
      {
        name: 'a\uFFFDb',
        list: ['\uFFFD'],
        'k\uFFFD': { deep: '\uFFFD' },
      },
    )
    expect(storable({ text: String.raw`a\u0000 that is only text` })).toEqual({
      text: String.raw`a\u0000 that is only text`,
    })
  })
})
