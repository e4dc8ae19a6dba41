import { InvalidInput } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Schedule } from './api.ts'
import { nextFireTime } from './cron.ts'
import type { Observer } from './observer.ts'
import type { Registry } from './registry.ts'
import { newRun, prepareKind, scheduleKeys } from './starts.ts'
import type { DueSchedule, Store } from './store.ts'

export interface ScheduleDeps {
  readonly store: Store
  readonly registry: Registry
  readonly newId: () => string
  readonly log: Log
  readonly observer: Observer
}

/**
 * What is found due this long after its time was missed. As long as the shortest distance of two
 * ticks, so that no more than one at a time is due and not missed.
 */
const graceMs = 60_000
const pageSize = 100

/** What a schedule that is due does now: the tick it fires, if any, and when it is due again. */
export function dueTick(
  { cron, timeZone, missed, nextAt: dueAt }: Schedule,
  now: number,
): { readonly fireAt: number | null; readonly nextAt: number } {
  if (missed === 'once') return { fireAt: dueAt, nextAt: nextFireTime(cron, timeZone, now) }
  const timely = nextFireTime(cron, timeZone, now - graceMs)
  return timely > now
    ? { fireAt: null, nextAt: timely }
    : { fireAt: timely, nextAt: nextFireTime(cron, timeZone, now) }
}

/** Fires the schedules whose time has come, as part of a worker's round. */
export class ScheduleTicks {
  readonly #deps: ScheduleDeps
  /** What could not be fired and has been reported; it stays due, for an engine that can. */
  readonly #reported = new Map<string, string>()
  #firing = false

  constructor(deps: ScheduleDeps) {
    this.#deps = deps
  }

  /**
   * Fires what is due and of a kind that this engine knows; the rest is left for one that does. A
   * schedule that cannot be fired is reported once and passed over; the others fire.
   */
  async fire(): Promise<void> {
    if (this.#firing) return
    this.#firing = true
    try {
      await this.#fireDue()
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'the schedules could not be looked at; trying again')
    } finally {
      this.#firing = false
    }
  }

  async #fireDue(): Promise<void> {
    const { store, registry } = this.#deps
    const kinds = registry.kinds.map(({ kind }) => kind)
    const unfit = new Set<string>()
    for (let after: string | null = ''; after !== null; ) {
      const page: readonly DueSchedule[] = await store.listDueSchedules({
        kinds,
        after,
        limit: pageSize,
      })
      for (const schedule of page) {
        if (!(await this.#tried(schedule))) unfit.add(schedule.name)
      }
      after = page.length < pageSize ? null : (page.at(-1)?.name ?? null)
    }
    for (const name of this.#reported.keys()) if (!unfit.has(name)) this.#reported.delete(name)
  }

  /** False where it could not be fired. */
  async #tried(schedule: DueSchedule): Promise<boolean> {
    try {
      await fire(this.#deps, schedule)
      return true
    } catch (error) {
      if (this.#deps.store.isTransient(error)) throw error
      const report = error instanceof Error ? error.message : String(error)
      if (this.#reported.get(schedule.name) !== report) {
        this.#reported.set(schedule.name, report)
        this.#deps.log.error(
          { schedule: schedule.name, err: error },
          error instanceof InvalidInput
            ? 'a schedule could not be fired, for its saga refuses its input; it stays due until it is set up again'
            : 'a schedule could not be fired; it stays due',
        )
      }
      return false
    }
  }
}

async function fire(
  { store, registry, newId, log, observer }: ScheduleDeps,
  schedule: DueSchedule,
): Promise<void> {
  const { name, kind, input, revision, nextAt: dueAt } = schedule
  const { fireAt, nextAt } = dueTick(schedule, await store.readNow())
  const advance = { name, revision, dueAt, nextAt }
  const id = newId()
  const starting = observer.starting(kind, id)
  const run =
    fireAt === null
      ? null
      : newRun(await prepareKind(registry, kind, input), id, {
          startKey: `${scheduleKeys}${name}:${new Date(fireAt).toISOString()}`,
          startedBy: `schedule:${name}`,
          reservedFor: null,
          priority: 0,
          traceContext: starting.traceContext,
        })
  if (!(await store.tickSchedule({ ...advance, run }))) return
  if (fireAt !== dueAt) {
    log.warn(
      { schedule: name, missedSince: new Date(dueAt), nextAt: new Date(nextAt) },
      'the schedule was missed; what was missed is skipped',
    )
  }
  if (run === null) return
  starting.done()
  log.info({ schedule: name, saga: run.id, kind }, 'the schedule fired')
}
