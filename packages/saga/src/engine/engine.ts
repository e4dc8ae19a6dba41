import { v7 as uuidV7 } from 'uuid'
import { isPastPivot } from '../core/decide.ts'
import { ActRefused, type Classifier, InvalidInput, RunNotFound } from '../core/errors.ts'
import { contextOf } from '../core/evolve.ts'
import { type Log, silentLog } from '../core/log.ts'
import { hasEnded, type Run, type StepRecord } from '../core/run.ts'
import type { SagaDefinition } from '../core/saga.ts'
import type { StepDefinition } from '../core/step.ts'
import type { Engine, ListOptions } from './api.ts'
import { type Clock, systemClock } from './clock.ts'
import { createRegistry, type Registry } from './registry.ts'
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
      const { run, steps } = await readOrThrow(store, id)
      refuseCancel(run, steps, registry)
      const asked = await store.insertSignal({ runId: id, type: 'cancel', actor: actor ?? null })
      const { run: after } = await readOrThrow(store, id)
      // It ended in between: completing first wins.
      if (!asked) refuseCancel(after, steps, registry)
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
  // While a run runs its context is not written: it is what its ledger says.
  return { ...found, run: { ...found.run, context: contextOf(found.steps) } }
}

/** @throws {ActRefused} where a cancel could change nothing, with the reason */
function refuseCancel(run: Run, steps: readonly StepRecord[], registry: Registry): void {
  if (hasEnded(run.status)) {
    throw new ActRefused(`saga ${run.id} has ended (${run.status}); there is nothing to cancel`)
  }
  if (run.direction === 'undo') {
    throw new ActRefused(`saga ${run.id} is already going back (${run.status})`)
  }
  const plan = registry.plan(run)
  if ('missing' in plan) return
  const definitions = plan.map(({ step }) => step)
  if (isPastPivot({ run, steps }, definitions)) {
    throw new ActRefused(`saga ${run.id} is past its point of no return; it can only go forward`)
  }
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
