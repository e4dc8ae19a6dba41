import type { SagaDefinition } from '../../core/saga.ts'
import type { StoredRun } from '../../engine/store.ts'

/** What a run came by, by which other ways for it to go are made. Steps are `<kind>.<idx>`. */
export interface Ways {
  readonly kind: string
  /** Steps whose `do` was called. */
  readonly called: readonly string[]
  /** Steps that somebody can turn down. */
  readonly rejectable: readonly string[]
  /** Steps that wait for somebody until a deadline. */
  readonly limited: readonly string[]
  /** The last step of the run itself that can still be cancelled when it has had its effect. */
  readonly lastReversible: string | undefined
  readonly hasPivot: boolean
}

/** Whether there is a point of no return anywhere in it. */
export function hasPivot({ steps }: SagaDefinition): boolean {
  return steps.some(({ step }) => step.effect === 'pivot')
}

/** `calls`: how often the `do` of a step was called, by `<run> <idx>`. */
export function waysOf(
  saga: SagaDefinition,
  runId: string | undefined,
  calls: ReadonlyMap<string, number>,
  runs: readonly StoredRun[],
): Ways {
  const all = runs.flatMap(({ run, steps }) =>
    steps.map(({ idx, deadlineAt }) => {
      const kind = run.plan[idx]?.kind
      const isSignal = kind === 'approval' || kind === 'signal'
      return {
        step: `${run.kind}.${idx}`,
        isCalled: calls.has(`${run.id} ${idx}`),
        isRejectable: kind === 'approval',
        isLimited: isSignal && deadlineAt !== null,
        effect: run.id === runId ? saga.steps[run.plan[idx]?.place ?? idx]?.step.effect : undefined,
      }
    }),
  )
  const stepsThat = (is: (one: (typeof all)[number]) => boolean) => [
    ...new Set(all.filter(is).map(({ step }) => step)),
  ]
  const own = all.filter(({ effect }) => effect !== undefined)
  const pivot = own.findIndex(({ effect }) => effect === 'pivot')
  const before = pivot < 0 ? own : own.slice(0, pivot)
  return {
    kind: saga.kind,
    called: stepsThat(({ isCalled }) => isCalled),
    rejectable: stepsThat(({ isRejectable }) => isRejectable),
    limited: stepsThat(({ isLimited }) => isLimited),
    lastReversible: before.findLast(({ isCalled }) => isCalled)?.step,
    hasPivot: hasPivot(saga),
  }
}
