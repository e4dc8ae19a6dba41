import { sleep } from '../core/define-waits.ts'
import { DefinitionError, UnknownKind, UnknownStep, UnknownVersion } from '../core/errors.ts'
import type { PinnedStep } from '../core/run.ts'
import type { PlacedStep, SagaDefinition } from '../core/saga.ts'
import type { StepDefinition } from '../core/step.ts'
import { type PayloadLimits, payloadLimitsOf } from './payload.ts'

/** The kind of a run whose plan is a list of registered steps. */
export const adHocKind = 'ad_hoc'

/** The sagas and steps an engine knows. */
export interface Registry {
  /** Every version of every kind. */
  readonly kinds: readonly { readonly kind: string; readonly version: number }[]
  /** The names of the steps that an ad-hoc plan may have. */
  readonly steps: readonly string[]
  /** How much the runs of them may hold. */
  readonly payloadLimits: PayloadLimits
  /** A version of a kind, the newest if left out. @throws {@link UnknownKind} {@link UnknownVersion} */
  saga(kind: string, version?: number): SagaDefinition
  /** @throws {@link UnknownStep} */
  step(name: string): StepDefinition
  /** The definitions of a run's pinned plan; the name of the first that is not there any more. */
  plan(
    run: Readonly<{ kind: string; version: number; plan: readonly PinnedStep[] }>,
  ): readonly PlacedStep[] | { readonly missing: string }
}

/** @throws {@link DefinitionError} when two sagas share kind and version, or two steps a name */
export function createRegistry(
  sagas: readonly SagaDefinition[],
  steps: readonly StepDefinition[],
  payloadLimits: PayloadLimits = payloadLimitsOf(),
): Registry {
  const all = withChildren(sagas)
  const byKind = uniqueKinds(all)
  const byName = uniqueSteps(steps)
  return {
    payloadLimits,
    kinds: [...all, { kind: adHocKind, version: 1 }].map(({ kind, version }) => ({
      kind,
      version,
    })),
    steps: [...byName.keys()],
    saga(kind, wanted) {
      const versions = byKind.get(kind)
      if (versions === undefined) throw new UnknownKind(kind, [...byKind.keys()].sort())
      const known = [...versions.keys()].sort((a, b) => a - b)
      const version = wanted ?? Math.max(...known)
      const found = versions.get(version)
      if (found === undefined) throw new UnknownVersion(kind, version, known)
      return found
    },
    step(name) {
      const found = byName.get(name)
      if (found === undefined) throw new UnknownStep(name, [...byName.keys()].sort())
      return found
    },
    plan({ kind, version, plan }) {
      const saga = byKind.get(kind)?.get(version)
      const placed: PlacedStep[] = []
      for (const [idx, { name, place = idx, none }] of plan.entries()) {
        const there = saga?.steps[place] ?? placedAlone(byName.get(name), kind)
        const found = there !== undefined && none === true ? nothingOf(there) : there
        if (found?.step.name !== name) return { missing: name }
        placed.push(found)
      }
      return placed
    },
  }
}

/** In the place of an `each` over nothing. */
function nothingOf({ step: { name } }: PlacedStep): PlacedStep {
  return { step: sleep(name, 0), with: undefined }
}

function placedAlone(step: StepDefinition | undefined, kind: string): PlacedStep | undefined {
  return step === undefined || kind !== adHocKind ? undefined : { step, with: undefined }
}

/** The sagas, and those that they have for children: a worker that knows the one knows the others. */
function withChildren(sagas: readonly SagaDefinition[]): readonly SagaDefinition[] {
  const given = new Set(sagas)
  const all = new Set(sagas)
  // A set that grows is walked to its end, so that the children's own are found as well.
  for (const { steps } of all) {
    for (const { step } of steps) if (step.child !== undefined) all.add(step.child.saga)
  }
  return [...sagas, ...[...all].filter((saga) => !given.has(saga))]
}

function uniqueKinds(sagas: readonly SagaDefinition[]): Map<string, Map<number, SagaDefinition>> {
  const byKind = new Map<string, Map<number, SagaDefinition>>()
  for (const saga of sagas) {
    const { kind, version } = saga
    if (kind === adHocKind) {
      throw new DefinitionError(
        `"${adHocKind}" is the kind of lists of steps; name the saga otherwise`,
      )
    }
    if (saga.steps.length === 0) throw new DefinitionError(`saga "${kind}" has no steps`)
    const versions = byKind.get(kind) ?? new Map<number, SagaDefinition>()
    if (versions.has(version)) {
      throw new DefinitionError(
        `there are two sagas of kind "${kind}" and version ${version}; count the version up where the steps have changed`,
      )
    }
    byKind.set(kind, versions.set(version, saga))
  }
  return byKind
}

function uniqueSteps(steps: readonly StepDefinition[]): Map<string, StepDefinition> {
  const byName = new Map<string, StepDefinition>()
  for (const step of steps) {
    if (byName.has(step.name)) throw new DefinitionError(`there are two steps named "${step.name}"`)
    byName.set(step.name, step)
  }
  return byName
}
