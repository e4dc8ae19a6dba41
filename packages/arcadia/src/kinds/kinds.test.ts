import { describe, expect, test } from 'vitest'
import {
  canonicalOf,
  canonicalSpec,
  changedFields,
  explainField,
  fieldOf,
  kindOf,
  kinds,
  liveValue,
  severityOf,
  storable,
} from './index.ts'
import { backup, web } from './testing/answers.ts'

const droplet = kindOf('droplet')
const snapshot = kindOf('snapshot')

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
