import { v7 as uuidV7 } from 'uuid'
import { ActRefused, type Classifier, InvalidInput, RunNotFound } from '../core/errors.ts'
import { type Log, silentLog } from '../core/log.ts'
import { hasEnded } from '../core/run.ts'
import type { SagaDefinition } from '../core/saga.ts'
import type { StepDefinition } from '../core/step.ts'
import type { Engine, ListOptions } from './api.ts'
import { type Clock, systemClock } from './clock.ts'
import { createRegistry } from './registry.ts'
import { ensureSchedule } from './schedules.ts'
import { insertStart, prepareAdHoc, prepareKind } from './starts.ts'
import type { Store } from './store.ts'
import { PollingWorker } from './worker.ts'

export interface EngineOptions {
  readonly store: Store
  readonly sagas?: readonly SagaDefinition[]
  /** Steps that an ad-hoc plan may name. */
  readonly steps?: readonly StepDefinition[]
  /** Which errors prove that a call had no effect; everything else is unknown. */
  readonly classify?: Classifier
  readonly log?: Log
  /** Makes lower-case UUIDs, version 7. */
  readonly newId?: () => string
  /** From 0 to 1. */
  readonly random?: () => number
  readonly clock?: Clock
}

const maxPage = 200

/** @throws {DefinitionError} when two sagas or steps share a name */
export function createEngine(options: EngineOptions): Engine {
  const {
    store,
    sagas = [],
    steps = [],
    classify = () => undefined,
    log = silentLog,
    newId = uuidV7,
    random = Math.random,
    clock = systemClock,
  } = options
  const registry = createRegistry(sagas, steps)
  const deps = { store, registry, newId, log, classify, random, clock }

  return {
    async start(saga, input, startOptions = {}) {
      return insertStart(deps, await prepareKind(registry, saga.kind, input), startOptions)
    },
    async startKind(kind, input, startOptions = {}) {
      return insertStart(deps, await prepareKind(registry, kind, input), startOptions)
    },
    async startAdHoc(plan, input, startOptions = {}) {
      return insertStart(deps, prepareAdHoc(registry, plan, input), startOptions)
    },
    get: (id) => readOrThrow(store, id),
    async list({ limit = 50, ...filters } = {}) {
      checkFilters({ limit, ...filters })
      return store.listRuns({ ...filters, limit: Math.min(limit, maxPage) })
    },
    async events(id, { after = 0, limit = 1_000 } = {}) {
      await readOrThrow(store, id)
      return store.listEvents({ id, after, limit: Math.min(limit, 1_000) })
    },
    async cancel(id, { actor } = {}) {
      const { run } = await readOrThrow(store, id)
      if (run.direction === 'undo' && !hasEnded(run.status)) {
        throw new ActRefused(`saga ${id} is already going back (${run.status}); it ends by itself`)
      }
      const asked =
        !hasEnded(run.status) &&
        (await store.insertSignal({ runId: id, type: 'cancel', actor: actor ?? null }))
      const { run: after } = await readOrThrow(store, id)
      if (!asked) throw new ActRefused(`saga ${id} has ended (${after.status}); nothing to cancel`)
      return after
    },
    lockHolders: (keys) =>
      store.listLockHolders({ limit: 10_000, ...(keys === undefined ? {} : { keys }) }),
    lockReleases: (since) => store.listLockReleases({ since }),
    ensureSchedule: (schedule) => ensureSchedule(deps, schedule),
    listSchedules: () => store.listSchedules({ dueOnly: false }),
    wake: () => store.notify(),
    createWorker: (workerOptions = {}) => new PollingWorker(deps, workerOptions),
  }
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

async function readOrThrow(store: Store, id: string): ReturnType<Engine['get']> {
  const found = uuidShape.test(id) ? await store.readRun({ id }) : undefined
  if (found === undefined) throw new RunNotFound(id)
  return found
}

function checkFilters({ cursor, limit = 1 }: ListOptions): void {
  if (cursor !== undefined && !uuidShape.test(cursor)) {
    throw new InvalidInput('the list', [
      { path: 'cursor', message: 'give a next_cursor as it was' },
    ])
  }
  if (!Number.isInteger(limit) || limit < 1) {
    throw new InvalidInput('the list', [{ path: 'limit', message: 'a whole number from 1 to 200' }])
  }
}
