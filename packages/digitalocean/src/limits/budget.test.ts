import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Budget, delayBeforeNext, knownLimit, newBudget, settle, spend } from './budget.ts'

const now = 1_700_000_000_000

/** A budget whose last request, just answered, was told what is left until when. */
function told(remaining: number, resetInMs: number, limit = 5_000): Budget {
  const rateLimit = { limit, remaining, resetAt: new Date(now + resetInMs) }
  return settle(spend(newBudget(250), now), 1, { rateLimit }, now)
}

describe('the hourly limit', () => {
  test('holds nobody back before it is known', () => {
    expect(delayBeforeNext(newBudget(250), now)).toBe(0)
    expect(knownLimit(newBudget(250))).toBeUndefined()
  })

  test('holds nobody back while plenty is left', () => {
    expect(delayBeforeNext(told(2_500, 600_000), now)).toBe(0)
  })

  test('lets nothing leave before the reset when nothing remains', () => {
    expect(delayBeforeNext(told(0, 90_000), now)).toBe(90_000)
  })

  test('counts what was sent since the last word against it', () => {
    const budget = spend(spend(told(2, 90_000, 20), now), now)
    expect(delayBeforeNext(budget, now)).toBe(90_000)
    expect(knownLimit(budget)).toMatchObject({ limit: 20, remaining: 0 })
  })

  test('frees one request at the reset; the next waits for what its answer says', () => {
    const reset = now + 90_000
    const empty = told(0, 90_000)
    expect(delayBeforeNext(empty, reset)).toBe(0)
    const probing = spend(empty, reset)
    expect(delayBeforeNext(probing, reset)).toBe(Number.POSITIVE_INFINITY)
    const rateLimit = { limit: 5_000, remaining: 4_000, resetAt: new Date(reset + 1_000) }
    expect(delayBeforeNext(settle(probing, 2, { rateLimit }, reset), reset)).toBe(0)
    expect(delayBeforeNext(settle(probing, 2, {}, reset), reset)).toBe(0)
  })

  test('shares out what is left, in equal parts of the time, when it is nearly exhausted', () => {
    expect(delayBeforeNext(told(9, 60_000), now)).toBe(6_000)
    expect(delayBeforeNext(told(9, 60_000), now + 4_000)).toBe(2_000)
    expect(delayBeforeNext(told(9, 60_000), now + 6_000)).toBe(0)
  })

  test('believes the answer to the latest request, however they overtake each other', () => {
    const three = spend(spend(spend(newBudget(250), now), now), now)
    const word = (remaining: number) => ({
      rateLimit: { limit: 5_000, remaining, resetAt: new Date(now + 60_000) },
    })
    const latestFirst = settle(settle(three, 3, word(4_000), now), 1, word(4_002), now)
    expect(knownLimit(latestFirst)).toMatchObject({ remaining: 4_000 })
    const latestLast = settle(settle(three, 1, word(4_002), now), 3, word(4_000), now)
    expect(knownLimit(latestLast)).toMatchObject({ remaining: 4_000 })
  })

  test('never holds back longer than the window, whatever the reset', () => {
    expect(delayBeforeNext(told(0, 86_400_000), now)).toBe(3_600_000)
  })
})

describe('the limit of a minute', () => {
  const sentAtOnce = (count: number) => {
    let budget = newBudget(250)
    for (let i = 0; i < count; i++) budget = spend(budget, now)
    return budget
  }

  test('lets 250 leave at once, and the next when the first is a minute old', () => {
    expect(delayBeforeNext(sentAtOnce(249), now)).toBe(0)
    expect(delayBeforeNext(sentAtOnce(250), now)).toBe(60_000)
    expect(delayBeforeNext(sentAtOnce(250), now + 59_000)).toBe(1_000)
    expect(delayBeforeNext(sentAtOnce(250), now + 60_000)).toBe(0)
  })

  test('is nothing when it is left to the server', () => {
    let budget = newBudget(Number.POSITIVE_INFINITY)
    for (let i = 0; i < 1_000; i++) budget = spend(budget, now)
    expect(delayBeforeNext(budget, now)).toBe(0)
    expect(budget.recent).toEqual([])
  })
})

describe('a pause the server asked for', () => {
  test('holds everything back until it is over', () => {
    const paused = settle(spend(newBudget(250), now), 1, { pauseMs: 20_000 }, now)
    expect(delayBeforeNext(paused, now)).toBe(20_000)
    expect(delayBeforeNext(paused, now + 20_000)).toBe(0)
  })

  test('is not cut short by a shorter one', () => {
    const two = spend(spend(newBudget(250), now), now)
    const paused = settle(settle(two, 1, { pauseMs: 20_000 }, now), 2, { pauseMs: 5_000 }, now)
    expect(delayBeforeNext(paused, now)).toBe(20_000)
  })
})

describe('a client that obeys', () => {
  /** DigitalOcean's side: a rolling window of `limit` requests in `windowMs`. */
  class Window {
    readonly #times: number[] = []
    readonly #limit: number
    readonly #windowMs: number

    constructor(limit: number, windowMs: number) {
      this.#limit = limit
      this.#windowMs = windowMs
    }

    take(at: number) {
      const counted = this.#times.filter((time) => time > at - this.#windowMs)
      const refused = counted.length >= this.#limit
      if (!refused) {
        this.#times.push(at)
        counted.push(at)
      }
      // Whole seconds, rounded up: no earlier than the moment meant.
      const reset = Math.ceil(((counted[0] ?? at) + this.#windowMs) / 1_000) * 1_000
      const remaining = this.#limit - counted.length
      return { refused, rateLimit: { limit: this.#limit, remaining, resetAt: new Date(reset) } }
    }
  }

  test('never runs into the hourly 429, and always gets on', () => {
    const limits = fc.integer({ min: 1, max: 120 })
    const idles = fc.array(fc.integer({ min: 0, max: 120_000 }), { minLength: 1, maxLength: 400 })
    const latencies = fc.integer({ min: 0, max: 2_000 })
    fc.assert(
      fc.property(limits, idles, latencies, (limit, idle, latency) => {
        const server = new Window(limit, 3_600_000)
        let budget = newBudget(250)
        let time = now
        for (const [index, pause] of idle.entries()) {
          time += pause
          const delay = delayBeforeNext(budget, time)
          expect(delay).toBeLessThanOrEqual(3_600_000)
          time += delay
          budget = spend(budget, time)
          const { refused, rateLimit } = server.take(time)
          expect(refused).toBe(false)
          time += latency
          budget = settle(budget, index + 1, { rateLimit }, time)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('never has more than its limit in a minute, however many ask at once', () => {
    const perMinutes = fc.integer({ min: 1, max: 30 })
    const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(perMinutes, gaps, (perMinute, asked) => {
        let budget = newBudget(perMinute)
        let time = now
        const sent: number[] = []
        for (const gap of asked) {
          time += gap
          time += delayBeforeNext(budget, time)
          budget = spend(budget, time)
          sent.push(time)
        }
        for (const [index, at] of sent.entries()) {
          const inMinute = sent.slice(index).filter((other) => other < at + 60_000)
          expect(inMinute.length).toBeLessThanOrEqual(perMinute)
        }
      }),
    )
  })

  test('with many requests at once never sends more than it was told remains', () => {
    const remainings = fc.integer({ min: 0, max: 300 })
    fc.assert(
      fc.property(remainings, fc.integer({ min: 1, max: 400 }), (remaining, wanted) => {
        let budget = told(remaining, 3_000_000)
        const reset = now + 3_000_000
        let time = now
        let sent = 0
        for (; sent < wanted; sent++) {
          time += delayBeforeNext(budget, time)
          if (time >= reset) break
          budget = spend(budget, time)
        }
        expect(sent).toBeLessThanOrEqual(remaining)
      }),
    )
  })
})
