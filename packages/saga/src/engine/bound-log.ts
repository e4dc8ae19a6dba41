import type { Log } from '../core/log.ts'
import type { ClaimSecrets } from './secrets.ts'

/** A log whose every line carries these fields, and none the value of a secret. */
export function boundLog(log: Log, fields: object, secrets: ClaimSecrets): Log {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (own: object, message: string) => {
    if (!secrets.known) return log[level]({ ...fields, ...own }, message)
    const scrubbed = { ...fields, ...scrubbedFields(own, secrets.scrub) }
    return log[level](scrubbed, secrets.scrub(message))
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

type Scrub = (text: string) => string

/** What cannot be read to be scrubbed is not logged: a getter that throws must not fail a step. */
function scrubbedFields(fields: object, scrub: Scrub): object {
  try {
    return scrubbedObject(fields, scrub, [])
  } catch (error) {
    return { unreadable: scrub(String(error)) }
  }
}

/** A copy without the values of secrets; what is no text, error, list or object stays as it is. */
function scrubbed(value: unknown, scrub: Scrub, within: readonly object[]): unknown {
  if (typeof value === 'string') return scrub(value)
  if (typeof value === 'number') {
    const text = String(value)
    return scrub(text) === text ? value : scrub(text)
  }
  if (typeof value !== 'object' || value === null) return value
  if (within.includes(value)) return '[Circular]'
  const inside = [...within, value]
  if (value instanceof Error) return scrubbedError(value, scrub, inside)
  if (Array.isArray(value)) return value.map((member) => scrubbed(member, scrub, inside))
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return scrubbed(value.toJSON(), scrub, inside)
  }
  return scrubbedObject(value, scrub, within)
}

function scrubbedObject(value: object, scrub: Scrub, within: readonly object[]): object {
  const inside = [...within, value]
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [scrub(key), scrubbed(member, scrub, inside)]),
  )
}

/** Still an error, for the serialiser of the host's log to know it. */
function scrubbedError(error: Error, scrub: Scrub, inside: readonly object[]): Error {
  const copy: Error = Object.create(Object.getPrototypeOf(error))
  for (const key of new Set([
    'name',
    'message',
    'stack',
    'cause',
    'errors',
    ...Object.keys(error),
  ])) {
    const value: unknown = Reflect.get(error, key)
    if (value === undefined) continue
    Object.defineProperty(copy, key, {
      value: scrubbed(value, scrub, inside),
      enumerable: Object.prototype.propertyIsEnumerable.call(error, key),
      configurable: true,
      writable: true,
    })
  }
  return copy
}
