import { createHash } from 'node:crypto'
import { DefinitionError, InvalidInput, StartKeyConflict } from '../core/errors.ts'
import { canonicalJson, type Json, plainJson, toJson } from '../core/json.ts'
import { pinPlan } from '../core/pin.ts'
import { isJsonObject } from '../core/plan.ts'
import type { PinnedStep } from '../core/run.ts'
import type { SagaDefinition } from '../core/saga.ts'
import { validate } from '../core/schema.ts'
import { checkText } from '../core/text.ts'
import type { Priority, Started, StartOptions } from './api.ts'
import { beginHere, type LocalWorker } from './begun.ts'
import type { Observer } from './observer.ts'
import { checkPlan, type PayloadLimits } from './payload.ts'
import { adHocKind, type Registry } from './registry.ts'
import type { NewRun, Store } from './store.ts'
import { traceContextOfStart } from './trace-context.ts'

/** A start, checked and ready to be inserted. */
export type Prepared = Pick<
  NewRun,
  'kind' | 'version' | 'plan' | 'inputs' | 'inputHash' | 'lockKeys'
>

const maxAdHocSteps = 100
/** What the start keys of scheduled runs begin with; a caller's never do. */
export const scheduleKeys = 'schedule:'
/** And those of children. */
export const childKeys = 'child:'

/**
 * Checks an input against its saga, the newest version if none is given, and pins the plan.
 * @throws {@link UnknownKind} {@link UnknownVersion} {@link InvalidInput}
 */
export async function prepareKind(
  registry: Registry,
  kind: string,
  input: unknown,
  version?: number,
): Promise<Prepared> {
  if (kind === adHocKind) {
    throw new InvalidInput('the start', [
      { path: 'kind', message: `a run of kind "${adHocKind}" is started with a list of steps` },
    ])
  }
  return prepareSaga(registry.saga(kind, version), input, registry.payloadLimits)
}

/** {@link prepareKind} of a definition at hand. @throws {@link InvalidInput} naming the path of each fault */
export async function prepareSaga(
  saga: SagaDefinition,
  input: unknown,
  limits: PayloadLimits,
): Promise<Prepared> {
  const { kind, version } = saga
  const parsed = await validate(saga.input, input, 'the input')
  const inputs = objectOf(plainJson(parsed, 'the input'), 'the input', limits)
  const lockKeys = [...new Set(saga.locks?.(parsed) ?? [])].sort()
  for (const lock of lockKeys) checkText(lock, 500, 'the saga', 'locks')
  const plan = pinPlan(saga, parsed, limits.valueBytes)
  checkPlan({ inputs, plan }, limits)
  return {
    kind,
    version,
    plan,
    inputs,
    inputHash: hash({ kind, inputs }),
    lockKeys,
  }
}

/** Checks a list of registered steps and pins it as a plan. @throws {@link UnknownStep} {@link InvalidInput} */
export function prepareAdHoc(
  registry: Registry,
  steps: readonly { readonly name: string; readonly input?: unknown }[],
  input: unknown,
): Prepared {
  if (steps.length === 0 || steps.length > maxAdHocSteps) {
    const message = `give from 1 to ${maxAdHocSteps} steps; there are ${steps.length}`
    throw new InvalidInput('the plan', [{ path: 'steps', message }])
  }
  const limits = registry.payloadLimits
  const inputs = objectOf(input ?? {}, 'the input', limits)
  const plan: readonly PinnedStep[] = steps.map(({ name, input: own }, idx) => ({
    name: registry.step(name).name,
    ...(own === undefined ? {} : { input: objectOf(own, `the input of steps.${idx}`, limits) }),
  }))
  checkPlan({ inputs, plan }, limits)
  const pinned = plan.map((step) => toJson(step, 'the plan', limits.contextBytes))
  const hashed = { kind: adHocKind, inputs, plan: pinned }
  return { kind: adHocKind, version: 1, plan, inputs, inputHash: hash(hashed), lockKeys: [] }
}

export interface StartDeps {
  readonly store: Store
  readonly newId: () => string
  readonly observer: Observer
  /** Those of this process. */
  readonly workers: Iterable<LocalWorker>
}

/** Inserts a prepared run, or gives the one its key made. @throws {@link StartKeyConflict} */
export async function insertStart(
  { store, newId, observer, workers }: StartDeps,
  prepared: Prepared,
  { key, tx, actor, reservedFor, priority = 'normal' }: StartOptions,
): Promise<Started> {
  if (key !== undefined) checkKey(key)
  if (reservedFor !== undefined) checkText(reservedFor, 500, 'the start', 'reservedFor')
  const runId = newId()
  const starting = observer.starting(prepared.kind, runId)
  const start = newRun(prepared, runId, {
    startKey: key ?? null,
    startedBy: actor ?? null,
    reservedFor: reservedFor ?? null,
    priority: priorityNumber(priority),
    traceContext: starting.traceContext,
  })
  if (tx === undefined && reservedFor === undefined) {
    const begun = await beginHere(workers, start, starting.done)
    if (begun !== undefined) return { id: runId, created: true, run: begun }
  }
  const { run, inputHash, created } = await store.insertRun({
    run: start,
    ...(tx === undefined ? {} : { tx }),
  })
  if (!created && inputHash !== prepared.inputHash) throw new StartKeyConflict(key ?? '', run.id)
  if (created) starting.done(tx === undefined ? run : undefined)
  return { id: run.id, created, run }
}

const priorities: ReadonlyMap<string, number> = new Map<Priority, number>([
  ['high', 1],
  ['normal', 0],
  ['low', -1],
])

/** A priority as it is stored. @throws {@link InvalidInput} */
function priorityNumber(priority: Priority): number {
  const number = priorities.get(priority)
  if (number !== undefined) return number
  const message = `"${priority}" is none; give "high", "normal" or "low"`
  throw new InvalidInput('the start', [{ path: 'priority', message }])
}

export function newRun(
  prepared: Prepared,
  id: string,
  rest: Pick<
    NewRun,
    'startKey' | 'startedBy' | 'reservedFor' | 'priority' | 'parent' | 'traceContext'
  >,
): NewRun {
  return { traceContext: traceContextOfStart(id), ...prepared, ...rest, id, tag: tagOf(id) }
}

/** The last 8 hexadecimal digits of a UUIDv7: random, where the first are a clock and collide. */
export function tagOf(id: string): string {
  const tag = id.replaceAll('-', '').slice(-8)
  if (!/^[0-9a-f]{8}$/.test(tag)) throw new DefinitionError(`"${id}" is not a lower-case UUID`)
  return tag
}

function checkKey(key: string): void {
  checkText(key, 200, 'the start', 'key')
  for (const [prefix, whose] of [
    [scheduleKeys, 'the schedules'],
    [childKeys, 'children'],
  ] as const) {
    if (!key.startsWith(prefix)) continue
    const message = `keys that begin with "${prefix}" are those of ${whose}`
    throw new InvalidInput('the start', [{ path: 'key', message }])
  }
}

function objectOf(
  value: unknown,
  what: string,
  { valueBytes }: PayloadLimits,
): { readonly [key: string]: Json } {
  const json = toJson(value, what, valueBytes)
  if (!isJsonObject(json)) throw new InvalidInput(what, [{ path: '', message: 'give an object' }])
  return json
}

function hash(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}
