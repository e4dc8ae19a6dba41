import { SagaError } from './errors.ts'

/** What JSON can carry. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** A value that cannot be stored as it is. */
export class UnstorableValue extends SagaError {
  constructor(what: string, reason: string) {
    super('unstorable_value', `${what} cannot be stored: ${reason}`)
  }
}

/** The most a single input, receipt, output or payload may take if nothing else is said: 1 MiB of JSON text. */
export const defaultValueBytes = 1_048_576

/**
 * The value as JSON would carry it (`undefined` becomes null), checked so that one bad value fails
 * by itself and not the statement that would store it.
 * @throws {@link UnstorableValue} for what is not JSON, holds U+0000 or a lone surrogate, or is too large
 */
export function toJson(value: unknown, what: string, mostBytes = defaultValueBytes): Json {
  const text = stringify(value, what)
  if (text === undefined) return null
  // No character takes more than three bytes.
  const bytes = text.length * 3 <= mostBytes ? 0 : new TextEncoder().encode(text).length
  if (bytes > mostBytes) {
    throw new UnstorableValue(
      what,
      `it takes ${bytes} bytes as JSON, which is more than ${mostBytes} bytes (payloadLimits.valueBytes); store it elsewhere and keep a reference`,
    )
  }
  // Only these two escapes can betray what PostgreSQL refuses; most texts have neither.
  if (/\\u(0000|d[89a-f])/i.test(text)) refuseUnstorableText(value, what)
  const parsed: Json = JSON.parse(text)
  return parsed
}

function stringify(value: unknown, what: string): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw new UnstorableValue(what, error instanceof Error ? error.message : String(error))
  }
}

function refuseUnstorableText(value: unknown, what: string): void {
  JSON.stringify(value, (key, member) => {
    for (const text of typeof member === 'string' ? [key, member] : [key]) {
      if (text.includes('\u0000')) throw new UnstorableValue(what, 'it holds the character U+0000')
      if (!text.isWellFormed()) throw new UnstorableValue(what, 'it holds half of a surrogate pair')
    }
    return member
  })
}

/**
 * The value, if it is plain JSON already: what it is stored as is then what it is.
 * @throws {@link UnstorableValue} for dates, maps, instances of classes, and numbers that JSON lacks
 */
export function plainJson(value: unknown, what: string): unknown {
  if (isPlain(value)) return value
  throw new UnstorableValue(
    what,
    'it must be plain JSON (no Date, Map, bigint, NaN or instance of a class): make it text or a number',
  )
}

function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value)
    case 'object':
      if (value === null) return true
      if (Array.isArray(value)) return value.every(isPlain)
      return isPlainObject(value) && Object.values(value).every(isPlain)
    default:
      return ['string', 'boolean', 'undefined'].includes(typeof value)
  }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** One text for every JSON value, whatever the order of its keys: what a hash is taken of. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
