import { describe, expect, test } from 'vitest'
import { systemClock } from './clock.ts'

describe("the machine's clock", () => {
  test('tells epoch milliseconds', () => {
    const before = Date.now()
    expect(systemClock.now()).toBeGreaterThanOrEqual(before)
  })

  test('wakes who sleeps', async () => {
    await expect(systemClock.sleep(0, new AbortController().signal)).resolves.toBeUndefined()
  })

  test('wakes with the reason, itself, who is aborted', async () => {
    const reason = new Error('enough')
    const abort = new AbortController()
    const sleep = expect(systemClock.sleep(3_600_000, abort.signal)).rejects.toBe(reason)
    abort.abort(reason)
    await sleep
    await expect(systemClock.sleep(1, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
