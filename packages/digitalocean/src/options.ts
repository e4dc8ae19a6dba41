import { type Clock, systemClock } from './clock.ts'
import { InvalidRequest } from './errors.ts'
import type { Hooks, Purpose } from './hooks.ts'
import type { RetryPolicy } from './transport/backoff.ts'
import { LONGEST_TIMEOUT_MS } from './transport/exchange.ts'
import { userAgent } from './version.ts'

/** One token for each purpose; a method whose purpose has none throws `MissingToken`. */
export type Tokens = { readonly [P in Purpose]?: string | undefined }

export interface ClientOptions {
  /** `read` serves every reading method and no other, `provisioning` every writing one. */
  readonly tokens: Tokens
  /** Default `https://api.digitalocean.com`. `/v2/…` is appended. */
  readonly baseUrl?: string | undefined
  readonly userAgent?: string | undefined
  /** For one request, from sending to the last byte, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /**
   * Default Node's. Another must not repeat or follow anything by itself, and must reject with
   * Node's error codes: a write is repeated on their word alone.
   */
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly clock?: Clock | undefined
  /** From 0 to below 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined
  /** Default 5 attempts, from 500 ms, at most 30 s between two. */
  readonly retries?: { readonly [K in keyof RetryPolicy]?: RetryPolicy[K] | undefined } | undefined
  /**
   * Requests a minute and token, of this client. Default 250, DigitalOcean's own limit, which no
   * header announces. `Infinity` leaves it to the server's 429.
   */
  readonly perMinute?: number | undefined
  readonly hooks?: Hooks | undefined
}

/** The options, checked, with their defaults. */
export interface Settings {
  readonly tokens: Tokens
  readonly baseUrl: string
  readonly userAgent: string
  readonly timeoutMs: number
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly random: () => number
  readonly retries: RetryPolicy
  readonly perMinute: number
  readonly hooks: Hooks
}

/** @throws InvalidRequest which names the option, never the value of a secret one. */
export function settingsOf(options: ClientOptions): Settings {
  const { read, provisioning } = options.tokens
  const { attempts = 5, baseMs = 500, capMs = 30_000 } = options.retries ?? {}
  const perMinute = options.perMinute ?? 250
  return {
    tokens: {
      read: checkToken('read', read),
      provisioning: checkToken('provisioning', provisioning),
    },
    baseUrl: checkBaseUrl(options.baseUrl ?? 'https://api.digitalocean.com'),
    userAgent: checkUserAgent(options.userAgent ?? userAgent),
    timeoutMs: checkNumber('timeoutMs', options.timeoutMs ?? 30_000, 1, LONGEST_TIMEOUT_MS),
    fetch: options.fetch ?? globalThis.fetch,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    retries: {
      attempts: checkNumber('retries.attempts', attempts, 1, 1000),
      baseMs: checkNumber('retries.baseMs', baseMs, 0, LONGEST_TIMEOUT_MS),
      capMs: checkNumber('retries.capMs', capMs, 0, LONGEST_TIMEOUT_MS),
    },
    perMinute:
      perMinute === Number.POSITIVE_INFINITY
        ? perMinute
        : checkNumber('perMinute', perMinute, 1, Number.MAX_SAFE_INTEGER),
    hooks: options.hooks ?? {},
  }
}

/** A token no header can carry would be quoted, in full, by the error `fetch` throws over it. */
function checkToken(purpose: Purpose, token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token
  throw new InvalidRequest(
    `tokens.${purpose} is empty or has a character that no token has. Look for a space or a line break at its end.`,
  )
}

/** A name and password in the URL would be quoted by `fetch` likewise. */
function checkBaseUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const bare = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url === undefined || !bare || !/^https?:$/.test(url.protocol)) {
    throw new InvalidRequest(
      'baseUrl must be an http or https URL without user, password, query and fragment.',
    )
  }
  return url.href.replace(/\/+$/, '')
}

function checkUserAgent(value: string): string {
  if (/^[\x20-\x7e]+$/.test(value)) return value
  throw new InvalidRequest('userAgent must be one line of printable ASCII characters.')
}

function checkNumber(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new InvalidRequest(`${name} must be a whole number from ${least} to ${most}.`)
}
