import { STATUS_CODES } from 'node:http'
import type { Release } from '../faults/registry.ts'
import { ApiError, type Reply } from './answer.ts'

/**
 * How a request ends: with an answer, whole, cut in the middle, or stalled there until somebody
 * releases it; or with a closed connection.
 */
export type Outcome =
  | { readonly end: 'answer' | 'cut'; readonly message: Message }
  | { readonly end: 'stall'; readonly message: Message; readonly release: Promise<Release> }
  | { readonly end: 'hang-up' }

/** An answer, ready to leave. */
export interface Message {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string | null
}

export const hangUp: Outcome = { end: 'hang-up' }

export function messageOf(reply: Reply): Message {
  if (reply.text !== undefined) {
    const headers = { 'content-type': reply.text.type }
    return { status: reply.status, headers, text: reply.text.content }
  }
  if (reply.body === undefined) return { status: reply.status, headers: {}, text: null }
  return json(reply.status, reply.body)
}

export function errorMessage(error: ApiError, requestId: string): Message {
  return json(error.status, { id: error.id, message: error.message, request_id: requestId })
}

/** What a fault answers: its own words, or those that go with the status. */
export function faultMessage(
  status: number,
  body: string | object | undefined,
  headers: Readonly<Record<string, string>>,
  requestId: string,
): Message {
  const message = faultBody(status, body, requestId)
  return { ...message, headers: { ...message.headers, ...headers } }
}

function faultBody(status: number, body: string | object | undefined, requestId: string): Message {
  if (typeof body === 'object') return json(status, body)
  const words = STATUS_CODES[status] ?? 'Error'
  // The real API's gateway answers its timeouts with a page, not with JSON.
  const text =
    body ?? (status === 504 ? `<html><body><h1>504 ${words}</h1></body></html>` : undefined)
  if (text !== undefined) {
    return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, text }
  }
  return errorMessage(
    new ApiError(status, words.toLowerCase().replaceAll(/\W+/g, '_'), words),
    requestId,
  )
}

function json(status: number, body: unknown): Message {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers, text: JSON.stringify(body) }
}
