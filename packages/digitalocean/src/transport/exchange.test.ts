import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exchange } from './exchange.ts'

const request = { method: 'GET', url: 'http://example.com', headers: {}, body: undefined } as const

/** A fetch that answers nothing until it is stopped, and then says why. */
const hanging: typeof fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
  })

/** A fetch whose headers come at once and whose body never ends. */
const endless: typeof fetch = async (_, init) => {
  const body = new ReadableStream({
    start: (controller) => {
      init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
    },
  })
  return new Response(body, { status: 200 })
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a request', () => {
  test('times out when there is no answer', async () => {
    const result = exchange(hanging, request, 30_000, undefined)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await result).toMatchObject({ kind: 'timeout' })
  })

  test('times out when the answer has no end', async () => {
    const result = exchange(endless, request, 30_000, undefined)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await result).toMatchObject({
      kind: 'answer',
      text: undefined,
      fault: { kind: 'timeout' },
    })
  })

  test('leaves no timer and no listener behind', async () => {
    const abort = new AbortController()
    const removed = vi.spyOn(abort.signal, 'removeEventListener')
    const answered: typeof fetch = async () => new Response('{}')
    expect(await exchange(answered, request, 30_000, abort.signal)).toMatchObject({ text: '{}' })
    expect(vi.getTimerCount()).toBe(0)
    expect(removed).toHaveBeenCalledTimes(1)
  })

  test('keeps the first reason it was stopped for', async () => {
    const abort = new AbortController()
    const result = exchange(hanging, request, 30_000, abort.signal)
    abort.abort(new Error('first'))
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await result).toMatchObject({ kind: 'abort', cause: new Error('first') })
  })

  test('that cannot even be formed is a fault, not an exception', async () => {
    const broken: typeof fetch = () => {
      throw new TypeError('Invalid URL')
    }
    expect(await exchange(broken, request, 30_000, undefined)).toMatchObject({ kind: 'network' })
  })

  test('does not follow redirects', async () => {
    const fetched = vi.fn(async () => new Response('', { status: 302 }))
    await exchange(fetched, request, 30_000, undefined)
    expect(fetched).toHaveBeenCalledWith(
      'http://example.com',
      expect.objectContaining({ redirect: 'manual' }),
    )
  })
})
