import { z } from 'zod'
import type { Message } from '../http/outcome.ts'
import type { Corruption } from './fault.ts'

const object = z.record(z.string(), z.unknown())
const pages = z.looseObject({ pages: object.optional() })

/**
 * Spoils an answer that says it went well; a refusal stays as it is. The headers, and what is told
 * of the whole listing, go on claiming that all is right.
 * @param address what was asked
 */
export function corrupt(message: Message, how: Corruption, address: string): Message {
  if (message.status >= 300 || message.text === null) return message
  switch (how) {
    case 'truncated':
      return { ...message, text: message.text.slice(0, Math.ceil(message.text.length / 2)) }
    case 'html':
      return {
        ...message,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        text: '<html><body><h1>We will be right back</h1></body></html>',
      }
    case 'empty':
      return { ...message, text: '' }
    default:
      return {
        ...message,
        text: JSON.stringify(spoil(object.parse(JSON.parse(message.text)), how, address)),
      }
  }
}

function spoil(
  body: Readonly<Record<string, unknown>>,
  how: 'endless' | 'gaps' | 'repeats',
  address: string,
): object {
  if (how === 'endless') return { ...body, links: endless(body['links'], address) }
  const fields = Object.entries(body).map(([name, value]) => [
    name,
    Array.isArray(value) ? misshape(value, how) : value,
  ])
  return Object.fromEntries(fields)
}

/** The next page is this one. */
function endless(links: unknown, address: string): object {
  return { pages: { ...pages.safeParse(links).data?.pages, next: address, last: address } }
}

function misshape(items: readonly unknown[], how: 'gaps' | 'repeats'): readonly unknown[] {
  return how === 'gaps'
    ? items.filter((_, index) => index % 2 === 1)
    : items.flatMap((item) => [item, item])
}
