import { LONGEST_WAIT_MS, type RateLimit } from './budget.ts'

/**
 * The `ratelimit-limit`, `-remaining` and `-reset` headers (the last in epoch seconds); `undefined`
 * unless all three are whole numbers.
 */
export function rateLimitOf(headers: Headers): RateLimit | undefined {
  const limit = wholeNumber(headers.get('ratelimit-limit'))
  const remaining = wholeNumber(headers.get('ratelimit-remaining'))
  const reset = wholeNumber(headers.get('ratelimit-reset'))
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined
  const resetAt = new Date(reset * 1000)
  return Number.isNaN(resetAt.getTime()) ? undefined : { limit, remaining, resetAt }
}

/**
 * The `retry-after` header in milliseconds, from seconds or an HTTP date, at most an hour;
 * `undefined` when it is missing or neither.
 */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const seconds = wholeNumber(value)
  const ms = seconds === undefined ? Date.parse(value) - now : seconds * 1000
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS)
}

function wholeNumber(value: string | null): number | undefined {
  return value !== null && /^\d{1,15}$/.test(value.trim()) ? Number(value) : undefined
}
