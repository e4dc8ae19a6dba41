import { describe, expect, test } from 'vitest'
import { ManualClock, settled } from '../../test/clocks.ts'
import { Throttle } from './throttle.ts'

function rateLimit(clock: ManualClock, remaining: number, resetInMs: number, limit = 5_000) {
  return { rateLimit: { limit, remaining, resetAt: new Date(clock.time + resetInMs) } }
}

/** A throttle that has been told that nothing remains for the next minute. */
async function exhausted(clock: ManualClock): Promise<Throttle> {
  const throttle = new Throttle(clock, 250)
  throttle.release(await throttle.acquire(undefined), rateLimit(clock, 0, 60_000))
  return throttle
}

describe('the queue of a token', () => {
  test('lets requests leave at once while nothing is known', async () => {
    const throttle = new Throttle(new ManualClock(), 250)
    expect(await Promise.all([1, 2, 3].map(() => throttle.acquire(undefined)))).toEqual([1, 2, 3])
  })

  test('holds requests back until the reset, then serves the first that came', async () => {
    const clock = new ManualClock()
    const throttle = await exhausted(clock)
    const served: string[] = []
    const first = throttle.acquire(undefined).then((turn) => served.push(`first ${turn}`))
    throttle.acquire(undefined).then((turn) => served.push(`second ${turn}`))
    await clock.advance(59_999)
    expect(served).toEqual([])
    await clock.advance(1)
    await first
    expect(served).toEqual(['first 2'])
  })

  test('serves the others when the answer to the first after a reset says so', async () => {
    const clock = new ManualClock()
    const throttle = await exhausted(clock)
    const [probe, second, third] = [1, 2, 3].map(() => throttle.acquire(undefined))
    await clock.advance(60_000)
    throttle.release((await probe) ?? 0, rateLimit(clock, 4_000, 1_000))
    expect(await Promise.all([second, third])).toEqual([3, 4])
    expect(clock.pending).toEqual([])
  })

  test('goes on when the first after a reset gets no answer', async () => {
    const clock = new ManualClock()
    const throttle = await exhausted(clock)
    const probe = throttle.acquire(undefined)
    const second = throttle.acquire(undefined)
    await clock.advance(60_000)
    throttle.release(await probe, {})
    expect(await second).toBe(3)
  })

  test('stops for a pause that is asked for while others wait', async () => {
    const clock = new ManualClock()
    const throttle = new Throttle(clock, 250)
    const early = await throttle.acquire(undefined)
    const late = await throttle.acquire(undefined)
    throttle.release(early, rateLimit(clock, 1, 60_000))
    const waiting = throttle.acquire(undefined)
    throttle.release(late, { pauseMs: 100_000 })
    let served = false
    waiting.then(() => {
      served = true
    })
    await clock.advance(60_000)
    expect(served).toBe(false)
    await clock.advance(40_000)
    expect(served).toBe(true)
  })

  test('forgets who aborts, and serves those behind', async () => {
    const clock = new ManualClock()
    const throttle = await exhausted(clock)
    const abort = new AbortController()
    const reason = new Error('no longer wanted')
    const first = throttle.acquire(abort.signal)
    const second = throttle.acquire(undefined)
    abort.abort(reason)
    await expect(first).rejects.toBe(reason)
    await clock.advance(60_000)
    expect(await second).toBe(2)
  })

  test('leaves no timer behind when everybody has left', async () => {
    const clock = new ManualClock()
    const throttle = await exhausted(clock)
    const abort = new AbortController()
    const only = throttle.acquire(abort.signal)
    expect(clock.pending).toEqual([60_000])
    abort.abort()
    await expect(only).rejects.toMatchObject({ name: 'AbortError' })
    expect(clock.pending).toEqual([])
  })

  test('takes nobody who has aborted before', async () => {
    const throttle = new Throttle(new ManualClock(), 250)
    const reason = new Error('too late')
    await expect(throttle.acquire(AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(await throttle.acquire(undefined)).toBe(1)
  })

  test('has nothing to do with an abort after the turn came', async () => {
    const clock = new ManualClock()
    const throttle = new Throttle(clock, 1)
    const abort = new AbortController()
    await throttle.acquire(abort.signal)
    const next = throttle.acquire(undefined)
    abort.abort()
    await clock.advance(60_000)
    expect(await next).toBe(2)
  })
})

describe('its clock', () => {
  test('may ring early, or be set back: a sleep that ended is believed', async () => {
    const clock = new ManualClock()
    const throttle = await exhausted(clock)
    const turn = throttle.acquire(undefined)
    await clock.advance(60_000)
    clock.time -= 3_600_000
    expect(await turn).toBe(2)
    throttle.release(2, { pauseMs: 1_000 })
    const next = throttle.acquire(undefined)
    expect(clock.pending).toEqual([1_000])
    await clock.advance(1_000)
    expect(await next).toBe(3)
  })

  test('may fail: whoever waits is told, and nobody waits for ever', async () => {
    const clock = new ManualClock()
    const throttle = await exhausted(clock)
    const first = throttle.acquire(undefined)
    const second = throttle.acquire(undefined)
    const told = expect(first).rejects.toThrow('no more time')
    await clock.break(new Error('no more time'))
    await told
    await settled()
    await clock.advance(60_000)
    expect(await second).toBe(2)
  })
})
