import { isList, isObject, type Json } from './json.ts'

/** What a value becomes, or why it is not of this form. */
type Canonical = { readonly value: Json } | { readonly problem: string }

/**
 * What both sides of a comparison become, so that equality of the results is equality of meaning.
 * Pure; the form of a form's value is that value; JSON carries it unharmed.
 */
export interface CanonicalForm {
  readonly name: string
  /** For people: what counts as the same. */
  readonly rule: string
  readonly of: (value: Json) => Canonical
}

/** The version of all forms together: raised when any of them gives another value than before. */
export const canonicaliserVersion = 1

/** Exactly the same text. */
export const text: CanonicalForm = {
  name: 'text',
  rule: 'texts are the same when every character is, case included',
  of: (value) => (typeof value === 'string' ? { value } : { problem: 'must be a text' }),
}

/** What a resource is called. */
export const name: CanonicalForm = {
  name: 'name',
  rule: 'names are the same when every character is, case included',
  of: (value) =>
    typeof value === 'string' && value.trim() !== ''
      ? { value }
      : { problem: 'must be a text that is not empty' },
}

/** An id, which the API spells as a number in one place and as text in another. */
export const identifier: CanonicalForm = {
  name: 'identifier',
  rule: 'ids are the same as text, so 7 and "7" are one',
  of: (value) => {
    if (typeof value === 'string' && value !== '') return { value }
    if (Number.isSafeInteger(value)) return { value: String(value) }
    return { problem: 'must be an id: a text or a whole number' }
  },
}

/** A slug of the provider's: a size, a region. */
export const slug: CanonicalForm = {
  name: 'slug',
  rule: 'slugs are the same whatever their case',
  of: (value) =>
    typeof value === 'string' && value.trim() !== ''
      ? { value: value.trim().toLowerCase() }
      : { problem: 'must be a slug: a text that is not empty' },
}

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** A quantity. */
export const number: CanonicalForm = {
  name: 'number',
  rule: 'numbers are the same when their values are, so 1, 1.0 and "1" are one',
  of: (value) => {
    const parsed = typeof value === 'string' && jsonNumber.test(value) ? Number(value) : value
    if (typeof parsed !== 'number' || !Number.isFinite(parsed)) {
      return { problem: 'must be a number' }
    }
    // Beyond this, different numbers would be read as the same one.
    if (Math.abs(parsed) > Number.MAX_SAFE_INTEGER) return { problem: 'is too large a number' }
    return { value: parsed + 0 }
  },
}

/** True or false. */
export const boolean: CanonicalForm = {
  name: 'boolean',
  rule: 'true and "true" are one, and so are false and "false"',
  of: (value) => {
    if (value === true || value === 'true') return { value: true }
    if (value === false || value === 'false') return { value: false }
    return { problem: 'must be true or false' }
  },
}

const instantShape = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

/** A moment. */
export const instant: CanonicalForm = {
  name: 'instant',
  rule: 'times are the same when they are the same moment, to the millisecond',
  of: (value) => {
    const ms =
      typeof value === 'string' && instantShape.test(value) ? Date.parse(value) : Number.NaN
    return Number.isNaN(ms)
      ? { problem: 'must be a time with its zone, such as 2026-01-31T09:30:00Z' }
      : { value: new Date(ms).toISOString() }
  },
}

/** One of a few words. */
export function oneOf(words: readonly [string, ...string[]]): CanonicalForm {
  const list = words.map((word) => `"${word}"`).join(', ')
  return {
    name: 'word',
    rule: `one of ${list}, whatever the case`,
    of: (value) => {
      const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined
      return word !== undefined && words.includes(word)
        ? { value: word }
        : { problem: `must be one of ${list}` }
    },
  }
}

/** Members whose order and repetition mean nothing; no set at all (null) is the empty one. */
export function setOf(member: CanonicalForm): CanonicalForm {
  return {
    name: `set of ${member.name}`,
    rule: `sets are the same when they have the same members, in any order; ${member.rule}`,
    of: (value) => {
      if (value === null) return { value: [] }
      if (!isList(value)) return { problem: 'must be a list' }
      const members = new Map<string, Json>()
      for (const [index, raw] of value.entries()) {
        const canonical = member.of(raw)
        if ('problem' in canonical) return { problem: `entry ${index} ${canonical.problem}` }
        members.set(JSON.stringify(canonical.value), canonical.value)
      }
      return { value: [...members].sort(byText).map(([, value]) => value) }
    },
  }
}

function byText([a]: readonly [string, Json], [b]: readonly [string, Json]): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Tags: DigitalOcean keeps the first spelling of a tag and ignores case from then on. */
export const tagSet: CanonicalForm = {
  ...setOf(slug),
  name: 'tag set',
  rule: 'tags are the same when they are the same words, in any order, whatever their case',
}

/** Whatever else: compared leaf by leaf. */
export const json: CanonicalForm = {
  name: 'json',
  rule: 'values are the same when every leaf is; the order of lists matters, that of members does not',
  of: (value) => ({ value: plain(value) }),
}

function plain(value: Json): Json {
  // -0 does not survive JSON, in which it is 0.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  if (isList(value)) return value.map(plain)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
}
