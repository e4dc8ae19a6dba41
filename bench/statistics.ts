/** The value below which a part of sorted values lies; null of none. */
export function quantile(sorted: ArrayLike<number>, part: number): number | null {
  const rank = Math.max(Math.ceil(part * sorted.length), 1)
  return sorted[rank - 1] ?? null
}

/** The middle value, or the mean of the two in the middle; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const low = sorted[Math.ceil(sorted.length / 2) - 1]
  const high = sorted[Math.floor(sorted.length / 2)]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

/** The median of many, and how far they lie apart. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** Of what could be measured; null where nothing could. */
export function spread(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null)
  const middle = median(known)
  if (middle === null) return null
  return { median: middle, least: Math.min(...known), most: Math.max(...known) }
}
