import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boolean,
  type CanonicalForm,
  identifier,
  instant,
  json,
  name,
  number,
  oneOf,
  setOf,
  slug,
  tagSet,
  text,
} from './canonical-forms.ts'
import { type Json, stableText } from './json.ts'

const forms = [
  text,
  name,
  identifier,
  slug,
  number,
  boolean,
  instant,
  json,
  tagSet,
  oneOf(['on', 'off']),
  setOf(text),
]

const anyJson: fc.Arbitrary<Json> = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)))

function same(form: CanonicalForm, a: Json, b: Json): boolean {
  return JSON.stringify(form.of(a)) === JSON.stringify(form.of(b))
}

describe.each(forms.map((form) => ({ title: form.name, form })))('$title', ({ form }) => {
  test('the form of a form is that form', () => {
    fc.assert(
      fc.property(fc.oneof(anyJson, fc.constantFrom('7', 'A', 'on', true)), (value) => {
        const once = form.of(value)
        if ('problem' in once) return
        expect(form.of(once.value)).toEqual(once)
      }),
    )
  })

  test('a round trip through JSON makes no difference', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const returned: Json = JSON.parse(JSON.stringify(value))
        expect(form.of(returned)).toEqual(form.of(value))
        const canonical = form.of(value)
        if ('value' in canonical) {
          expect(JSON.parse(JSON.stringify(canonical.value))).toEqual(canonical.value)
        }
      }),
    )
  })

  test('says in words what counts as the same', () => {
    expect(form.rule).toMatch(/\w{3}/)
  })
})

describe('slugs', () => {
  test('ignore case and surrounding blanks', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{1,20}$/), (value) => {
        expect(same(slug, value, ` ${value.toUpperCase()} `)).toBe(true)
      }),
    )
  })

  test('of different sizes differ', () => {
    expect(same(slug, 's-1vcpu-1gb', 's-1vcpu-2gb')).toBe(false)
  })

  test.each([null, 7, '', ' ', ['nyc1']])('%j is none', (value) => {
    expect(slug.of(value)).toHaveProperty('problem')
  })
})

describe('tag sets', () => {
  test('ignore order, case and repetition', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.stringMatching(/^[a-z0-9:_-]{1,8}$/))
          .chain((tags) =>
            fc.tuple(fc.constant(tags), fc.shuffledSubarray(tags, { minLength: tags.length })),
          ),
        ([tags, shuffled]) => {
          const shouted = [...shuffled, ...tags].map((tag) => tag.toUpperCase())
          expect(same(tagSet, tags, shouted)).toBe(true)
        },
      ),
    )
  })

  test('none at all is the empty one', () => {
    expect(same(tagSet, null, [])).toBe(true)
    expect(same(tagSet, [], ['web'])).toBe(false)
  })

  test('are not sub-sets of each other', () => {
    expect(same(tagSet, ['web'], ['web', 'env:prod'])).toBe(false)
  })

  test('name the entry that is no tag', () => {
    expect(tagSet.of(['web', 7])).toEqual({ problem: expect.stringContaining('entry 1') })
  })
})

describe('numbers', () => {
  test('are compared by value', () => {
    expect(same(number, 1, '1')).toBe(true)
    expect(same(number, 1.5, '1.50')).toBe(true)
    expect(same(number, -0, 0)).toBe(true)
    expect(same(number, 1, 2)).toBe(false)
  })

  test.each(['', ' 1', '0x10', '1e999', 'NaN', true, null, '9007199254740993'])(
    '%j is none that could be compared',
    (value) => expect(number.of(value)).toHaveProperty('problem'),
  )
})

describe('texts and names', () => {
  test('keep what numbers would lose: "1.10" is not "1.1", and "1" is not 1', () => {
    expect(same(text, '1.10', '1.1')).toBe(false)
    expect(same(text, '1', 1)).toBe(false)
    expect(same(name, 'Web-01', 'web-01')).toBe(false)
  })
})

describe('identifiers', () => {
  test('are the same as text', () => {
    expect(same(identifier, 3164444, '3164444')).toBe(true)
    expect(identifier.of(1.5)).toHaveProperty('problem')
  })
})

describe('booleans', () => {
  test('take the words of a text for true and false, and nothing else', () => {
    expect(same(boolean, 'true', true)).toBe(true)
    expect(boolean.of('yes')).toHaveProperty('problem')
    expect(boolean.of(1)).toHaveProperty('problem')
  })
})

describe('instants', () => {
  test('are the same moment whatever the zone they are written in', () => {
    expect(same(instant, '2020-07-21T18:37:44Z', '2020-07-21T20:37:44.000+02:00')).toBe(true)
  })

  test('want a zone', () => {
    expect(instant.of('2020-07-21T18:37:44')).toHaveProperty('problem')
    expect(instant.of('yesterday')).toHaveProperty('problem')
  })
})

describe('JSON', () => {
  test('differs when a leaf differs, and when a list is in another order', () => {
    expect(same(json, { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toBe(false)
    expect(same(json, [1, 2], [2, 1])).toBe(false)
    expect(same(json, 1, '1')).toBe(false)
  })

  test('has one text whatever the order of its members', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        (value) => {
          const there: { [key: string]: Json } = JSON.parse(JSON.stringify(value))
          const turned = Object.fromEntries(Object.entries(there).reverse())
          expect(stableText(turned)).toBe(stableText(there))
          expect(JSON.parse(stableText(there))).toEqual(there)
        },
      ),
    )
  })
})
