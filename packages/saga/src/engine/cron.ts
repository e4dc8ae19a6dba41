import { Cron } from 'croner'
import { InvalidInput } from '../core/errors.ts'

const mostTimes = 100

/**
 * The next times, at most `count`, that a cron expression of five fields fires after `from`; both
 * in epoch milliseconds. The fields are read on the wall clock of `timeZone`, an IANA name.
 *
 * On the days that this clock is changed croner goes by Vixie cron. Where hours and minutes are
 * named (`30 2 * * *`, `0,30 2,14 * * *`), each time fires once: one that the day does not have, at
 * the end of the gap (03:00 for 02:30); one that it has twice, the first time. With a wildcard or a
 * step in either, ticks keep their distance instead: the hour that is not there is left out, and
 * the hour that comes twice counts twice.
 *
 * @param count from 1 to 100
 * @returns fewer than `count` only where the expression has no more
 * @throws {@link InvalidInput} where the expression, the zone or the count is none, or it never fires
 */
export function nextFireTimes(
  cron: string,
  timeZone: string,
  from: number,
  count: number,
): readonly number[] {
  if (!Number.isInteger(count) || count < 1 || count > mostTimes) {
    throw refusal('count', `a whole number from 1 to ${mostTimes}`)
  }
  const times = readTimes(cron, timeZone, from, count)
  if (times.length === 0) throw refusal('cron', `"${cron}" never fires`)
  return times
}

/** The first of the {@link nextFireTimes}. @throws {@link InvalidInput} */
export function nextFireTime(cron: string, timeZone: string, from: number): number {
  const [next = Number.NaN] = nextFireTimes(cron, timeZone, from, 1)
  return next
}

function readTimes(cron: string, timeZone: string, from: number, count: number): number[] {
  try {
    const pattern = new Cron(cron, {
      timezone: timeZone,
      mode: '5-part',
      fixedTimeRule: 'no-wildcard',
      paused: true,
    })
    return pattern.nextRuns(count, new Date(from)).map((time) => time.getTime())
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw refusal('cron', `"${cron}" in "${timeZone}": ${message}`)
  }
}

function refusal(path: string, message: string): InvalidInput {
  return new InvalidInput('the schedule', [{ path, message }])
}
