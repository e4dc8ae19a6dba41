import { inspect } from 'node:util'
import { fault } from './network-fault.ts'

const LONGEST_TEXT = 500
/** DigitalOcean's have 71 characters. A stand-in such as `read` would take ordinary words with it. */
const SHORTEST_TOKEN = 8

/**
 * Keeps tokens out of what leaves this package. Text from outside (an answer, a fault of the
 * network, a reason to abort) is not expected to hold one, but is not trusted not to.
 */
export interface Secrets {
  /** One line of at most 500 characters without any token; `undefined` stays so. */
  text(value: string | undefined): string | undefined
  /** The value itself if nothing in it shows a token, else an error with the safe part of it. */
  cause(value: unknown): unknown
}

export function secretsOf(all: readonly string[]): Secrets {
  const tokens = all.filter((token) => token.length >= SHORTEST_TOKEN)
  const redact = (value: string) =>
    tokens.reduce((text, token) => text.replaceAll(token, '[token]'), value)
  const shows = (value: unknown) => {
    const text = inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null })
    return tokens.some((token) => text.includes(token))
  }
  return {
    text: (value) =>
      value === undefined ? undefined : redact(oneLine(value)).slice(0, LONGEST_TEXT),
    cause: (value) => (shows(value) ? safeError(value, redact) : value),
  }
}

/** Control characters could forge lines in a log. */
function oneLine(value: string): string {
  return value.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

function safeError(value: unknown, redact: (text: string) => string): Error {
  const { message, code } = fault(value)
  return new Error(redact([code, message].filter((part) => part !== undefined).join(': ')))
}
