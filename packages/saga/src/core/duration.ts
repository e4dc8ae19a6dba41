/** A length of time: milliseconds, or a number with its unit (`'5s'`, `'1.5h'`). */
export type Duration = number | `${number}${keyof typeof units}`

const longestMs = 10 * 365 * 86_400_000
const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * The duration in whole milliseconds.
 * @throws TypeError when it is negative, not finite, or has no known unit.
 */
export function toMs(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parse(duration)
  if (!Number.isFinite(ms) || ms < 0 || ms > longestMs) {
    throw new TypeError(
      `"${duration}" is not a duration: give milliseconds, or a number with ms, s, m, h or d, ten years at most`,
    )
  }
  return Math.round(ms)
}

function parse(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  const unit = match?.[2]
  if (unit === undefined || !isUnit(unit)) return Number.NaN
  return Number(match?.[1]) * units[unit]
}

function isUnit(text: string): text is keyof typeof units {
  return text in units
}
