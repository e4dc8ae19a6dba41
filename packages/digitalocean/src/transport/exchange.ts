import type { Method } from '../errors.ts'

/** One request, ready to be sent. */
export interface WireRequest {
  readonly method: Method
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** The end of one request. `text` is `undefined` when the body broke off after the status came. */
export type Exchange =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Headers
      readonly text: string | undefined
      readonly fault: Fault | undefined
    }
  | Fault

export interface Fault {
  readonly kind: 'network' | 'timeout' | 'abort'
  readonly cause: unknown
}

/** Node's own timers take no more. */
export const LONGEST_TIMEOUT_MS = 2_147_483_647

/**
 * Sends one request and reads its answer to the end, once, within `timeoutMs`. Never rejects.
 *
 * Redirects are not followed: `fetch` would send a write again, with its body, to wherever a 307
 * points.
 */
export async function exchange(
  fetch: typeof globalThis.fetch,
  request: WireRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Exchange> {
  const { method, url, headers, body } = request
  const stop = new AbortController()
  let stopped: Fault['kind'] | undefined
  const stopFor = (kind: Fault['kind'], reason: unknown) => {
    stopped ??= kind
    stop.abort(reason)
  }
  const faultOf = (cause: unknown): Fault => ({ kind: stopped ?? 'network', cause })
  const onAbort = () => stopFor('abort', signal?.reason)
  const timer = setTimeout(
    () => stopFor('timeout', new Error(`No complete answer within ${timeoutMs} ms`)),
    timeoutMs,
  )
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      redirect: 'manual',
      signal: stop.signal,
      ...(body === undefined ? {} : { body }),
    })
    const read = await response.text().then(
      (text) => ({ text, fault: undefined }),
      (cause: unknown) => ({ text: undefined, fault: faultOf(cause) }),
    )
    return { kind: 'answer', status: response.status, headers: response.headers, ...read }
  } catch (cause) {
    return faultOf(cause)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
