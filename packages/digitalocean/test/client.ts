import { type ClientOptions, createClient, type DigitalOcean } from '../src/index.ts'
import { InstantClock } from './clocks.ts'

export const tokens = { read: 'dop_v1_read_secret', provisioning: 'dop_v1_write_secret' }

/** A client on a clock that never really waits, with the longest jitter there is. */
export function clientOf(
  server: { readonly url: string },
  options: Partial<ClientOptions> = {},
): DigitalOcean {
  return createClient({
    tokens,
    baseUrl: server.url,
    clock: new InstantClock(),
    random: () => 0.999_999,
    ...options,
  })
}

/** What was thrown; a promise that resolves is the failure of the test. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('expected a rejection')
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
