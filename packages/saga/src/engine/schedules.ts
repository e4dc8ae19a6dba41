import { InvalidInput, ScheduleNotFound, StartKeyConflict } from '../core/errors.ts'
import { checkText } from '../core/text.ts'
import type { Schedule, ScheduleOptions, Started } from './api.ts'
import { nextFireTime, nextFireTimes } from './cron.ts'
import { dueTick, type ScheduleDeps } from './schedule-ticks.ts'
import { newRun, prepareKind, scheduleKeys } from './starts.ts'
import type { Store } from './store.ts'

/** Makes or changes a schedule, with its input checked now rather than at its first tick. */
export async function ensureSchedule(
  { store, registry }: ScheduleDeps,
  { name, cron, timeZone = 'UTC', missed = 'once', kind, input }: ScheduleOptions,
): Promise<void> {
  checkText(name, 150, 'the schedule', 'name')
  if (missed !== 'once' && missed !== 'skip') {
    throw new InvalidInput('the schedule', [{ path: 'missed', message: 'once or skip' }])
  }
  await prepareKind(registry, kind, input)
  const nextAt = nextFireTime(cron, timeZone, await store.readNow())
  await store.upsertSchedule({ schedule: { name, cron, timeZone, missed, kind, input, nextAt } })
}

/** @throws {@link ScheduleNotFound} */
export async function pauseSchedule(
  { store, log }: ScheduleDeps,
  name: string,
  actor: string | null,
): Promise<Schedule> {
  const schedule = await store.pauseSchedule({ name, actor })
  if (schedule === undefined) throw new ScheduleNotFound(name)
  log.info({ schedule: name, actor: schedule.pausedBy }, 'the schedule is paused')
  return schedule
}

/**
 * Its next time is counted from now, so what fell into the pause is nobody's to make up for.
 * @throws {@link ScheduleNotFound}
 */
export async function resumeSchedule(
  { store, log }: ScheduleDeps,
  name: string,
  actor: string | null,
): Promise<Schedule> {
  for (;;) {
    const schedule = await readSchedule(store, name)
    if (schedule.pausedAt === null) return schedule
    const { cron, timeZone } = schedule
    const nextAt = nextFireTime(cron, timeZone, await store.readNow())
    // Refused where its times were changed in between: they are read again.
    if (await store.resumeSchedule({ name, cron, timeZone, nextAt, actor })) {
      log.info({ schedule: name, actor }, 'the schedule is taken up again')
    }
  }
}

/** Starts its saga now, beside its ticks. @throws {@link ScheduleNotFound} {@link StartKeyConflict} */
export async function runSchedule(
  { store, registry, newId, log, observer }: ScheduleDeps,
  name: string,
  { actor, key }: { readonly actor?: string; readonly key?: string },
): Promise<Started> {
  if (key !== undefined) checkText(key, 200, 'the start', 'key')
  const { kind, input } = await readSchedule(store, name)
  const prepared = await prepareKind(registry, kind, input)
  const id = newId()
  const starting = observer.starting(kind, id)
  const { run, inputHash, created } = await store.insertRun({
    run: newRun(prepared, id, {
      startKey: runNowKey(name, key ?? id),
      startedBy: actor ?? `schedule:${name}`,
      reservedFor: null,
      priority: 0,
      traceContext: starting.traceContext,
    }),
  })
  if (!created && inputHash !== prepared.inputHash) throw new StartKeyConflict(key ?? '', run.id)
  if (created) {
    starting.done(run)
    log.info({ schedule: name, saga: run.id, kind, actor }, 'the schedule was run by hand')
  }
  return { id: run.id, created, run }
}

/**
 * The next times that a schedule fires, the first of them in the past where it is due and no worker
 * has come yet; none while it is paused.
 * @param count from 1 to 100
 * @throws {@link ScheduleNotFound} {@link InvalidInput}
 */
export async function scheduledTimes(
  { store }: ScheduleDeps,
  name: string,
  count: number,
): Promise<readonly number[]> {
  const schedule = await readSchedule(store, name)
  const now = await store.readNow()
  const { fireAt, nextAt } =
    schedule.nextAt > now ? { fireAt: null, nextAt: schedule.nextAt } : dueTick(schedule, now)
  const following = nextFireTimes(schedule.cron, schedule.timeZone, nextAt, count)
  if (schedule.pausedAt !== null) return []
  return [...(fireAt === null ? [] : [fireAt]), nextAt, ...following].slice(0, count)
}

async function readSchedule(store: Store, name: string): Promise<Schedule> {
  const [schedule] = await store.listSchedules({ name })
  if (schedule === undefined) throw new ScheduleNotFound(name)
  return schedule
}

/** No tick's key: those end with their time. The name is encoded, so that its end is plain. */
function runNowKey(name: string, key: string): string {
  return `${scheduleKeys}${encodeURIComponent(name)}:${key}:now`
}
