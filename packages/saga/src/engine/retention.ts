import { type Duration, toMs } from '../core/duration.ts'
import { DefinitionError, InvalidInput } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type Clock, within } from './clock.ts'
import type { Registry } from './registry.ts'
import type { Store } from './store.ts'

/** How long runs are kept after they ended; each at least 24 h. */
export interface RetentionOptions {
  /** Of the kinds that this engine knows and `kinds` does not name. Absent: they are kept. */
  readonly after?: Duration
  /**
   * By kind, `'keep'` for good. A kind that the engine has no saga of any more is pruned if it is
   * named here, and only then. Children go with the run that started them, whatever their kind.
   */
  readonly kinds?: { readonly [kind: string]: Duration | 'keep' }
}

/** What is pruned, when it ended how long ago. */
export interface Retention {
  readonly kinds: readonly { readonly kind: string; readonly olderThanMs: number }[]
  /** For what belongs to no run: the longest of the ages. */
  readonly longestMs: number
}

export interface RetentionDeps {
  readonly store: Store
  readonly retention: Retention
}

const shortestMs = 86_400_000
const batchSize = 500
/** Between two batches, for everybody else. */
const pauseMs = 250
const roundMs = 5 * 60_000

/** @throws {@link DefinitionError} */
export function parseRetention(
  { after, kinds = {} }: RetentionOptions,
  registry: Registry,
): Retention {
  const known = new Set(registry.kinds.map(({ kind }) => kind))
  const ages = new Map<string, number>()
  if (after !== undefined) {
    const ms = ageOf(after, 'after')
    for (const kind of known) ages.set(kind, ms)
  }
  for (const [kind, age] of Object.entries(kinds)) {
    if (age !== 'keep') {
      ages.set(kind, ageOf(age, `kinds.${kind}`))
    } else if (!ages.delete(kind) && !known.has(kind)) {
      throw new DefinitionError(
        `the retention of "${kind}" is "keep", but there is no saga of that kind: check the name; kinds without a saga are kept as long as they are not named`,
      )
    }
  }
  return {
    kinds: [...ages].map(([kind, olderThanMs]) => ({ kind, olderThanMs })),
    longestMs: Math.max(shortestMs, ...ages.values()),
  }
}

function ageOf(age: Duration, where: string): number {
  let ms: number
  try {
    ms = toMs(age)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DefinitionError(`the retention (${where}): ${reason}`)
  }
  if (ms >= shortestMs) return ms
  throw new DefinitionError(
    `the retention (${where}) is ${age}: give 24h or more; a start key lives as long as its run, and who repeats a request within a day has to find what it started`,
  )
}

/** Prunes what is to be pruned now, or until `limit` runs are gone. @throws {@link InvalidInput} */
export async function prune(
  { store, retention }: RetentionDeps,
  { limit = Number.POSITIVE_INFINITY }: { readonly limit?: number },
): Promise<{ pruned: number }> {
  if (limit !== Number.POSITIVE_INFINITY && (!Number.isInteger(limit) || limit < 1)) {
    throw new InvalidInput('the pruning', [{ path: 'limit', message: 'a whole number from 1' }])
  }
  let pruned = 0
  for (const rule of retention.kinds) {
    for (let more = true; more && pruned < limit; ) {
      const batch = { ...rule, limit: Math.min(batchSize, limit - pruned), wait: true }
      const done = await store.pruneRuns(batch)
      const runs = done === 'busy' ? 0 : done.runs
      pruned += runs
      more = runs > 0
    }
  }
  await pruneLeftovers({ store, retention })
  return { pruned }
}

async function pruneLeftovers({ store, retention }: RetentionDeps): Promise<void> {
  if (retention.kinds.length === 0) return
  const old = { olderThanMs: retention.longestMs, limit: batchSize }
  while ((await store.pruneLeftovers(old)).locks === batchSize);
}

/**
 * Prunes beside a worker's work until it stops: every five minutes, in batches with a pause between
 * them. One worker at a time; the others leave it to that one. What is under way when the worker
 * stops is cancelled.
 */
export async function keepPruned(
  { store, retention, clock, log }: RetentionDeps & { readonly clock: Clock; readonly log: Log },
  stopped: Promise<void>,
): Promise<void> {
  if (retention.kinds.length === 0) return
  const stop = new AbortController()
  void stopped.then(() => stop.abort(new Error('the worker is stopping')))
  const { signal } = stop
  const rest = (ms: number) => restFor(clock, ms, signal)
  while (!signal.aborted) {
    try {
      const pruned = await pruneRound({ store, retention }, signal, rest)
      if (pruned > 0) log.info({ pruned }, 'ended runs were pruned')
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'ended runs could not be pruned; trying again')
    }
    await rest(roundMs)
  }
}

async function pruneRound(
  { store, retention }: RetentionDeps,
  signal: AbortSignal,
  rest: (ms: number) => Promise<void>,
): Promise<number> {
  let pruned = 0
  for (const rule of retention.kinds) {
    for (let more = true; more && !signal.aborted; ) {
      const done = await store.pruneRuns({ ...rule, limit: batchSize, wait: false, signal })
      if (done === 'busy') return pruned
      pruned += done.runs
      more = done.runs > 0
      if (more) await rest(pauseMs)
    }
  }
  if (!signal.aborted) await pruneLeftovers({ store, retention })
  return pruned
}

/** Waits, but no longer than until it is aborted. */
async function restFor(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const aborted = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => aborted.resolve(), { once: true })
  await within(clock, ms, aborted.promise)
}
