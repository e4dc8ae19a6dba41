import { Cron } from 'croner'
import { InvalidInput } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Schedule, ScheduleOptions } from './api.ts'
import type { Registry } from './registry.ts'
import { newRun, prepareKind, scheduleKeys } from './starts.ts'
import type { Store } from './store.ts'

export interface ScheduleDeps {
  readonly store: Store
  readonly registry: Registry
  readonly newId: () => string
  readonly log: Log
}

/** The first time after `now` (epoch milliseconds) that a schedule fires. @throws {InvalidInput} */
export function nextFireTime(cron: string, timeZone: string, now: number): number {
  try {
    const schedule = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true })
    const next = schedule.nextRun(new Date(now))
    if (next !== null) return next.getTime()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new InvalidInput('the schedule', [
      { path: 'cron', message: `"${cron}" in "${timeZone}": ${message}` },
    ])
  }
  throw new InvalidInput('the schedule', [{ path: 'cron', message: `"${cron}" never fires` }])
}

/** Makes or changes a schedule, with its input checked now rather than at its first tick. */
export async function ensureSchedule(
  { store, registry }: ScheduleDeps,
  { name, cron, timeZone = 'UTC', kind, input }: ScheduleOptions,
): Promise<void> {
  await prepareKind(registry, kind, input)
  const nextAt = nextFireTime(cron, timeZone, await store.readNow())
  await store.upsertSchedule({ schedule: { name, cron, timeZone, kind, input, nextAt } })
}

/**
 * Fires what is due. A schedule that was missed several times, for nobody was there, fires once.
 * One that cannot be fired is reported and passed over; the others fire.
 */
export async function fireDueSchedules(deps: ScheduleDeps): Promise<void> {
  for (const schedule of await deps.store.listSchedules({ dueOnly: true })) {
    try {
      await fire(deps, schedule)
    } catch (error) {
      if (deps.store.isTransient(error)) throw error
      deps.log.error({ schedule: schedule.name, err: error }, 'a schedule could not be fired')
    }
  }
}

async function fire(
  { store, registry, newId, log }: ScheduleDeps,
  { name, cron, timeZone, kind, input, nextAt: dueAt }: Schedule,
): Promise<void> {
  const prepared = await prepareKind(registry, kind, input)
  const nextAt = nextFireTime(cron, timeZone, await store.readNow())
  const run = newRun(prepared, newId(), {
    startKey: `${scheduleKeys}${name}:${new Date(dueAt).toISOString()}`,
    startedBy: `schedule:${name}`,
    reservedFor: null,
    priority: 0,
  })
  if (await store.fireSchedule({ name, dueAt, nextAt, run })) {
    log.info({ schedule: name, saga: run.id }, 'the schedule fired')
  }
}
