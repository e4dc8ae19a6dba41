/**
 * What one token may still send, as arithmetic: no clock, no I/O. Times are epoch milliseconds.
 *
 * DigitalOcean counts per token: 5,000 requests in a rolling hour, announced by headers, and 250 a
 * minute, announced only by the 429 that refuses the next one. The second is therefore counted here.
 */

/** What the `ratelimit-*` headers said. */
export interface RateLimit {
  /** Requests in an hour. */
  readonly limit: number
  /** Requests that were left. */
  readonly remaining: number
  /** When the oldest counted request leaves the window, so that at least one more may be sent. */
  readonly resetAt: Date
}

interface Word {
  readonly limit: number
  readonly remaining: number
  readonly resetAt: number
  /** The number of the request it came with. */
  readonly sequence: number
}

export interface Budget {
  readonly perMinute: number
  /** How many requests were ever sent; the last one's number. */
  readonly sent: number
  readonly inFlight: number
  readonly lastSentAt: number
  /** When the requests of the last minute were sent, oldest first. */
  readonly recent: readonly number[]
  readonly pausedUntil: number
  readonly word: Word | undefined
}

/** What an answer had to say of the limits; empty when it said nothing, or never came. */
export interface Observation {
  readonly rateLimit?: RateLimit | undefined
  /** On a 429 only: how long to send nothing. */
  readonly pauseMs?: number | undefined
}

const MINUTE = 60_000
/** No wait is longer than the window itself: a reset beyond it is a mistake, or a clock's fault. */
export const LONGEST_WAIT_MS = 3_600_000
/** Below this share of the limit what is left is spread over the time until the reset. */
const NEARLY_EXHAUSTED = 0.05

export function newBudget(perMinute: number): Budget {
  return {
    perMinute,
    sent: 0,
    inFlight: 0,
    lastSentAt: Number.NEGATIVE_INFINITY,
    recent: [],
    pausedUntil: Number.NEGATIVE_INFINITY,
    word: undefined,
  }
}

/**
 * How long the next request has to wait: 0 for not at all, `Infinity` when only an answer to a
 * request in flight can tell.
 */
export function delayBeforeNext(budget: Budget, now: number): number {
  return Math.max(0, budget.pausedUntil - now, minuteDelay(budget, now), hourDelay(budget, now))
}

/** The budget after one more request has left. */
export function spend(budget: Budget, now: number): Budget {
  return {
    ...budget,
    sent: budget.sent + 1,
    inFlight: budget.inFlight + 1,
    lastSentAt: now,
    recent: budget.perMinute === Number.POSITIVE_INFINITY ? [] : lastMinute(budget.recent, now),
  }
}

/** The budget after request number `sequence` came to its end, with what its answer said. */
export function settle(
  budget: Budget,
  sequence: number,
  observation: Observation,
  now: number,
): Budget {
  const { rateLimit, pauseMs = 0 } = observation
  // Answers overtake each other: only the word on the latest request counts.
  const news = rateLimit !== undefined && sequence >= (budget.word?.sequence ?? 0)
  return {
    ...budget,
    inFlight: budget.inFlight - 1,
    pausedUntil: Math.max(budget.pausedUntil, now + Math.min(pauseMs, LONGEST_WAIT_MS)),
    word: news
      ? {
          limit: rateLimit.limit,
          remaining: rateLimit.remaining,
          resetAt: Math.min(rateLimit.resetAt.getTime(), now + LONGEST_WAIT_MS),
          sequence,
        }
      : budget.word,
  }
}

/** What is known: the server's last word, less what has been sent since. */
export function knownLimit(budget: Budget): RateLimit | undefined {
  const { word } = budget
  if (word === undefined) return undefined
  return {
    limit: word.limit,
    remaining: Math.max(0, left(budget, word)),
    resetAt: new Date(word.resetAt),
  }
}

/** Requests sent after the one the word came with may not be in it: they are counted against it. */
function left(budget: Budget, word: Word): number {
  return word.remaining - (budget.sent - word.sequence)
}

function lastMinute(recent: readonly number[], now: number): readonly number[] {
  return [...recent.filter((at) => at > now - MINUTE), now]
}

function minuteDelay(budget: Budget, now: number): number {
  const firstToLeave = budget.recent.at(-budget.perMinute)
  return firstToLeave === undefined ? 0 : firstToLeave + MINUTE - now
}

function hourDelay(budget: Budget, now: number): number {
  const { word, lastSentAt } = budget
  if (word === undefined) return 0
  const available = left(budget, word)
  if (available <= 0) {
    if (now < word.resetAt) return word.resetAt - now
    // The reset frees one request for certain; its answer says how many more.
    return budget.inFlight === 0 ? 0 : Number.POSITIVE_INFINITY
  }
  if (available > word.limit * NEARLY_EXHAUSTED) return 0
  // Equal shares of the time until the reset; with none left this would be the reset itself.
  return lastSentAt + (word.resetAt - lastSentAt) / (available + 1) - now
}
