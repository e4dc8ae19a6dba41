import type { SagaEvent } from '../core/event.ts'
import type { Json } from '../core/json.ts'
import type { Log } from '../core/log.ts'
import type { Run } from '../core/run.ts'
import type { RunEvent } from './api.ts'
import { historyEntry } from './history.ts'

/** What a host may be told of. */
export interface Hooks {
  /**
   * Called with every event of a run's history after the commit that made it durable, in its order,
   * by the process that committed it, and with the run as that commit left it. Not awaited: it holds
   * nothing up, and one that throws or rejects is logged and changes nothing.
   *
   * At most once: a process that dies between the commit and the call never makes it. Whoever must
   * miss nothing reads `engine.events(id)`. Two kinds of run begin with `run_claimed`, for nobody here
   * has their `run_created`: one started with `tx`, which is durable when the caller commits, and one
   * that a schedule's tick started.
   */
  onEvent?(event: RunEvent, run: Run): unknown
}

/** Calls a hook with the events of a commit; never throws. */
export function tellHooks(
  { hooks, log }: { readonly hooks: Hooks; readonly log: Log },
  run: Run,
  events: readonly SagaEvent[],
): void {
  if (hooks.onEvent === undefined) return
  for (const [index, event] of events.entries()) {
    const { at, ...entry } = historyEntry(event)
    const seq = run.eventSeq - events.length + index + 1
    tellHook({ hooks, log }, { ...entry, detail: detailOf(entry.detail), seq, at }, run)
  }
}

export function tellHook(
  { hooks, log }: { readonly hooks: Hooks; readonly log: Log },
  event: RunEvent,
  run: Run,
): void {
  const failed = (error: unknown) =>
    log.error(
      { saga: run.id, kind: run.kind, epoch: run.epoch, event: event.type, err: error },
      'the hook onEvent failed; the run goes on as if it had not',
    )
  try {
    void Promise.resolve(hooks.onEvent?.(event, { ...run })).catch(failed)
  } catch (error) {
    failed(error)
  }
}

/** As a reader of the history finds it, and a hook may do with it what it likes. */
function detailOf(detail: object): { readonly [key: string]: Json } {
  const copy: { readonly [key: string]: Json } = JSON.parse(JSON.stringify(detail))
  return copy
}
