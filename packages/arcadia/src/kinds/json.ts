/** What JSON can carry, and jsonb can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [name: string]: Json
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One text for every JSON value, whatever the order its members came in: what a hash is taken of. */
export function stableText(value: Json): string {
  if (isList(value)) return `[${value.map(stableText).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${stableText(member)}`)
  return `{${members.join(',')}}`
}

/**
 * An API's answer as it can be stored: plain JSON, and without what PostgreSQL refuses in text
 * (U+0000, halves of surrogate pairs), so that one odd name does not fail a whole page.
 */
export function storable(answer: object): JsonObject {
  const text = JSON.stringify(answer)
  if (!/\\u(0000|d[89a-f])/i.test(text)) return JSON.parse(text)
  return JSON.parse(JSON.stringify(answer, cleaned))
}

function cleaned(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [cleanText(name), member]),
  )
}

function cleanText(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed()
}

/**
 * The value a JSON Pointer (RFC 6901) leads to; undefined where it leads nowhere, which is not the
 * same as null.
 */
export function valueAt(document: Json, pointer: string): Json | undefined {
  if (pointer === '') return document
  let value: Json | undefined = document
  for (const part of pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (value === undefined || value === null || typeof value !== 'object') return undefined
    value = isList(value) ? value[Number(name)] : own(value, name)
  }
  return value
}

/** A member by a name that may come from outside: never one of the prototype's. */
export function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
