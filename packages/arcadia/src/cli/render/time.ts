const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** "0.4 s", "12 s", "3 min 05 s", "2 h 03 min", "5 d 1 h". */
export function duration(ms: number): string {
  const length = Math.max(0, ms)
  if (length < 9_950) return `${(length / second).toFixed(1)} s`
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  if (length < minute) return `${Math.floor(length / second)} s`
  if (length < hour)
    return `${Math.floor(length / minute)} min ${two((length % minute) / second)} s`
  if (length < day) return `${Math.floor(length / hour)} h ${two((length % hour) / minute)} min`
  return `${Math.floor(length / day)} d ${Math.floor((length % day) / hour)} h`
}

/** "now", "12 s ago", "3 min ago", "in 4 s"; empty for none. */
export function relative(at: string | null | undefined, now: number): string {
  const then = instant(at)
  if (then === undefined) return ''
  const distance = Math.abs(now - then)
  if (distance < second) return 'now'
  const [unit, name] =
    distance < minute
      ? [second, 's']
      : distance < hour
        ? [minute, 'min']
        : distance < 2 * day
          ? [hour, 'h']
          : [day, 'd']
  const length = `${Math.floor(distance / unit)} ${name}`
  return then > now ? `in ${length}` : `${length} ago`
}

/** "2026-03-01 12:30:05 UTC"; empty for none. */
export function moment(at: string | null | undefined): string {
  const then = instant(at)
  if (then === undefined) return ''
  return `${new Date(then).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** "2026-03-01 12:30:05 UTC (3 min ago)"; empty for none. */
export function exact(at: string | null | undefined, now: number): string {
  const text = moment(at)
  return text === '' ? '' : `${text} (${relative(at, now)})`
}

/** Milliseconds between two moments; to `now` where the second is still to come. */
export function between(
  from: string | null | undefined,
  to: string | null | undefined,
  now: number,
): number | undefined {
  const begin = instant(from)
  return begin === undefined ? undefined : Math.max(0, (instant(to) ?? now) - begin)
}

/** Epoch milliseconds of a time as the API writes it. */
export function instant(at: string | null | undefined): number | undefined {
  const then = Date.parse(at ?? '')
  return Number.isNaN(then) ? undefined : then
}
