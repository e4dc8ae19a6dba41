const hourMs = 3_600_000
const minuteMs = 60_000

/** How many requests a token may make. */
export interface RateLimits {
  readonly perHour: number
  readonly perMinute: number
}

/** What DigitalOcean grants. */
export const realRateLimits: RateLimits = { perHour: 5_000, perMinute: 250 }

/** What is told about one request: headers, and whether it is refused. */
export interface Admission {
  readonly admitted: boolean
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Counts the requests of each token over the last hour and the last minute. Both windows roll.
 * Refused requests are not counted, or a client that keeps knocking would never get in.
 */
export class RateLimiter {
  readonly #limits: RateLimits | null
  /** When each token's last requests were made, oldest first; as many as the limits look back at. */
  readonly #times = new Map<string, number[]>()

  /** @param limits null counts nothing, and sends no headers */
  constructor(limits: RateLimits | null) {
    this.#limits = limits
  }

  admit(token: string, now: number): Admission {
    const limits = this.#limits
    if (limits === null) return { admitted: true, headers: {} }
    const times = this.#recent(token, now)
    const overHour = times.length >= limits.perHour
    const burstStart = times[times.length - limits.perMinute]
    const overMinute = burstStart !== undefined && burstStart > now - minuteMs
    const admitted = !overHour && !overMinute
    if (admitted) times.push(now)
    return {
      admitted,
      headers: headersOf(limits, times, now, overHour ? undefined : burstStart, admitted),
    }
  }

  clear(): void {
    this.#times.clear()
  }

  #recent(token: string, now: number): number[] {
    const times = this.#times.get(token) ?? []
    const firstRecent = times.findIndex((time) => time > now - hourMs)
    times.splice(0, firstRecent === -1 ? times.length : firstRecent)
    this.#times.set(token, times)
    return times
  }
}

function headersOf(
  limits: RateLimits,
  times: readonly number[],
  now: number,
  burstStart: number | undefined,
  admitted: boolean,
): Record<string, string> {
  const headers: Record<string, string> = {
    'ratelimit-limit': String(limits.perHour),
    'ratelimit-remaining': String(limits.perHour - times.length),
    'ratelimit-reset': String(Math.ceil(((times[0] ?? now) + hourMs) / 1000)),
  }
  if (!admitted && burstStart !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil((burstStart + minuteMs - now) / 1000)))
  }
  return headers
}
