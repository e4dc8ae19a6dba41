import type { Plan } from '../core/decision.ts'
import type { RunState } from '../core/evolve.ts'
import type { Outcome } from '../core/settle.ts'
import { LeaseOver } from './lease.ts'
import type { RunnerDeps } from './runner-deps.ts'
import { type CallEnd, type CallRequest, rowOf } from './step-call.ts'
import type { Stop } from './stop.ts'
import type { Stray } from './strays.ts'

/** A call that ended, and when, by the monotonic clock. */
interface Ended {
  readonly stray: Stray
  readonly at: number
}

/**
 * Calls of a run that had an effect, or a doubtful one, and whose end is not written down yet: should
 * it never be, whoever has the run has to know of them.
 */
export class CallEnds {
  readonly #deps: Pick<RunnerDeps, 'clock' | 'reportStray'>
  readonly #plan: Plan
  /** Why this worker goes on with the run no longer. */
  readonly #lost: Stop
  readonly #unwritten = new Set<Ended>()
  /** The run is another's by now, or may be. */
  #fenced = false

  constructor(deps: Pick<RunnerDeps, 'clock' | 'reportStray'>, plan: Plan, lost: Stop) {
    this.#deps = deps
    this.#plan = plan
    this.#lost = lost
  }

  /** One that the run has waited for. */
  settled(state: RunState, request: CallRequest, end: CallEnd): void {
    const ended = this.#endOf(state, request, end)
    if (ended !== undefined) this.#unwritten.add(ended)
  }

  /** One that ended when nobody waited for it any more. */
  late(state: RunState, request: CallRequest, end: CallEnd): void {
    const ended = this.#endOf(state, request, end)
    if (ended === undefined) return
    // As long as nobody else has the run, this worker deals with what is doubtful.
    if (ended.stray.doubtful && !this.#isLost) this.#unwritten.add(ended)
    else this.#report(ended)
  }

  /** Those of now; to be called when they are written down. */
  mark(): () => void {
    if (this.#unwritten.size === 0) return () => {}
    const settled = [...this.#unwritten]
    return () => {
      for (const ended of settled) this.#unwritten.delete(ended)
    }
  }

  /** Nothing more is written here. */
  giveUp({ fenced }: { readonly fenced: boolean }): void {
    this.#fenced = fenced
    for (const ended of this.#unwritten) this.#report(ended)
  }

  get #isLost(): boolean {
    return this.#fenced || this.#lost.reason instanceof LeaseOver
  }

  /**
   * A holder deals with what is doubtful by itself. So does whoever took over, with what ended within
   * the lease: it lets an absence count from the lease's end.
   */
  #report({ stray, at }: Ended): void {
    const { reason } = this.#lost
    const within = reason instanceof LeaseOver && at <= reason.endedAt
    if (!stray.doubtful || (this.#isLost && !within)) this.#deps.reportStray(stray)
  }

  #endOf(
    state: RunState,
    { call, idx, attempt, key }: CallRequest,
    { outcome, underWay }: CallEnd,
  ): Ended | undefined {
    if (call !== 'do' || this.#plan[idx]?.effect === 'read') return undefined
    const { id, kind, epoch } = state.run
    const { name } = rowOf(state, idx)
    const made = { runId: id, kind, idx, step: name, key, epoch, attempt }
    const at = this.#deps.clock.monotonic()
    if (outcome.type === 'returned' || outcome.type === 'unusable') {
      const usable = outcome.type === 'returned'
      return { stray: { ...made, doubtful: false, receipt: outcome.value, usable }, at }
    }
    // What is under way says more when it has ended.
    return isUnknown(outcome) && !underWay ? { stray: { ...made, doubtful: true }, at } : undefined
  }
}

/** Whether a call that gave nothing may have had an effect. */
function isUnknown(outcome: Outcome): boolean {
  return (
    outcome.type === 'not_yet' || (outcome.type === 'threw' && outcome.verdict.effect === 'unknown')
  )
}
