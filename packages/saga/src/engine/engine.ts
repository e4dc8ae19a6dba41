import { v7 as uuidV7 } from 'uuid'
import { type Classifier, InvalidInput, UnknownStep } from '../core/errors.ts'
import { type Log, silentLog } from '../core/log.ts'
import type { SagaDefinition } from '../core/saga.ts'
import type { StepDefinition } from '../core/step.ts'
import type { Engine, ListOptions } from './api.ts'
import type { LocalWorker } from './begun.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Hooks } from './hooks.ts'
import { checkLimits, type Limits } from './limits.ts'
import { Observer, type Telemetry } from './observer.ts'
import { operating, readRun, uuidShape } from './operating.ts'
import { type PayloadLimitOptions, payloadLimitsOf } from './payload.ts'
import { previewOf } from './preview.ts'
import { createRegistry } from './registry.ts'
import { parseRetention, prune, type RetentionOptions } from './retention.ts'
import {
  ensureSchedule,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  scheduledTimes,
} from './schedules.ts'
import type { SecretResolver } from './secrets.ts'
import { isSettled, Settlements } from './settlements.ts'
import { insertStart, prepareAdHoc, prepareKind } from './starts.ts'
import type { Store } from './store.ts'
import { PollingWorker } from './worker.ts'

/** What an engine is made of. */
export interface EngineOptions {
  readonly store: Store
  readonly sagas?: readonly SagaDefinition[]
  /** Steps that an ad-hoc plan may name. */
  readonly steps?: readonly StepDefinition[]
  /** Which errors prove that a call had no effect; everything else is unknown. */
  readonly classify?: Classifier
  /** How many runs may be at work at once, over all workers; give every engine the same. */
  readonly limits?: Limits
  /** Gives the values of the secrets that steps ask for, at the moment they do. */
  readonly secrets?: SecretResolver
  /** How large the values of a run may be; give every engine of a database the same. */
  readonly payloadLimits?: PayloadLimitOptions
  readonly hooks?: Hooks
  /**
   * Where spans and metrics go. Left out, to the OpenTelemetry providers that were registered
   * globally before the engine was created; with none of these either, nowhere.
   */
  readonly telemetry?: Telemetry
  readonly log?: Log
  /** When ended runs are pruned, by the workers. Absent: everything is kept. */
  readonly retention?: RetentionOptions
  /** Makes lower-case UUIDs, version 7. */
  readonly newId?: () => string
  /** From 0 to 1. */
  readonly random?: () => number
  readonly clock?: Clock
}

const maxPage = 200

/**
 * An engine: the doors for starting and operating runs, and for making the workers that run them.
 * @throws {@link DefinitionError} when sagas or steps share a name, a limit is none, or the retention is
 * too short
 */
export function createEngine(options: EngineOptions): Engine {
  const {
    store,
    sagas = [],
    steps = [],
    classify = () => undefined,
    log = silentLog,
    retention = {},
    newId = uuidV7,
    random = Math.random,
    clock = systemClock,
  } = options
  const registry = createRegistry(sagas, steps, payloadLimitsOf(options.payloadLimits))
  const { hooks, telemetry, secrets: resolveSecret } = options
  const settlements = new Settlements({ store, clock })
  const deps = {
    store,
    registry,
    limits: checkLimits(options.limits, registry),
    observer: new Observer({ hooks, telemetry, log, clock, settlements }),
    resolveSecret,
    newId,
    log,
    retention: parseRetention(retention, registry),
    classify,
    random,
    clock,
    workers: new Set<LocalWorker>(),
  }

  return {
    ...operating({ store, registry }),
    async start(saga, input, startOptions = {}) {
      return insertStart(
        deps,
        await prepareKind(registry, saga.kind, input, saga.version),
        startOptions,
      )
    },
    async startKind(kind, input, startOptions = {}) {
      return insertStart(deps, await prepareKind(registry, kind, input), startOptions)
    },
    async startAdHoc(plan, input, startOptions = {}) {
      return insertStart(deps, prepareAdHoc(registry, plan, input), startOptions)
    },
    async preview(kind, input) {
      const prepared = await prepareKind(registry, kind, input)
      const placed = registry.plan(prepared)
      if ('missing' in placed) throw new UnknownStep(placed.missing, [])
      const definitions = placed.map(({ step }) => step)
      return previewOf(prepared, prepared.plan, definitions)
    },
    get: (id) => readRun(store, id),
    async settled(id, { signal } = {}) {
      if ([...deps.workers].some((worker) => worker.holds(id))) return settlements.wait(id, signal)
      const { run } = await readRun(store, id)
      // By the id as it is stored: one may be given in capitals.
      return isSettled(run) ? run : settlements.wait(run.id, signal)
    },
    async list({ limit = 50, ...filters } = {}) {
      checkFilters({ limit, ...filters })
      return store.listRuns({ ...filters, limit: Math.min(limit, maxPage) })
    },
    async events(id, { after = 0, limit = 1_000 } = {}) {
      await readRun(store, id)
      return store.listEvents({ id, after, limit: Math.min(limit, 1_000) })
    },
    stranded: () => store.listStranded(),
    lockHolders: (keys) =>
      store.listLockHolders({ limit: 10_000, ...(keys === undefined ? {} : { keys }) }),
    lockReleases: (since) => store.listLockReleases({ since }),
    ensureSchedule: (schedule) => ensureSchedule(deps, schedule),
    listSchedules: () => store.listSchedules({}),
    pauseSchedule: (name, { actor = null } = {}) => pauseSchedule(deps, name, actor),
    resumeSchedule: (name, { actor = null } = {}) => resumeSchedule(deps, name, actor),
    removeSchedule: (name) => store.removeSchedule({ name }),
    runSchedule: (name, runOptions = {}) => runSchedule(deps, name, runOptions),
    nextFireTimes: (name, count) => scheduledTimes(deps, name, count),
    prune: (pruneOptions = {}) => prune(deps, pruneOptions),
    wake: () => store.notify(),
    createWorker: (workerOptions = {}) => new PollingWorker(deps, workerOptions),
  }
}

function checkFilters({ cursor, rootId, limit = 1 }: ListOptions): void {
  if (rootId !== undefined && !uuidShape.test(rootId)) {
    throw new InvalidInput('the list', [{ path: 'rootId', message: 'give the id of a saga' }])
  }
  if (cursor !== undefined && !uuidShape.test(cursor)) {
    throw new InvalidInput('the list', [
      { path: 'cursor', message: 'give a next_cursor as it was' },
    ])
  }
  if (!Number.isInteger(limit) || limit < 1) {
    throw new InvalidInput('the list', [{ path: 'limit', message: 'a whole number from 1 to 200' }])
  }
}
