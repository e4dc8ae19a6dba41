import { sleep } from '../core/define-waits.ts'
import { DefinitionError, UnknownKind, UnknownStep } from '../core/errors.ts'
import type { PinnedStep } from '../core/run.ts'
import type { PlacedStep, SagaDefinition } from '../core/saga.ts'
import type { StepDefinition } from '../core/step.ts'

/** The kind of a run whose plan is a list of registered steps. */
export const adHocKind = 'ad_hoc'

/** The sagas and steps an engine knows. */
export interface Registry {
  readonly kinds: readonly { readonly kind: string; readonly version: number }[]
  /** The newest version of a kind. @throws {UnknownKind} */
  saga(kind: string): SagaDefinition
  /** @throws {UnknownStep} */
  step(name: string): StepDefinition
  /** The definitions of a run's pinned plan; the name of the first that is not there any more. */
  plan(
    run: Readonly<{ kind: string; version: number; plan: readonly PinnedStep[] }>,
  ): readonly PlacedStep[] | { readonly missing: string }
}

/** @throws {DefinitionError} when two sagas, or two different steps, share a name */
export function createRegistry(
  sagas: readonly SagaDefinition[],
  steps: readonly StepDefinition[],
): Registry {
  const byKind = uniqueKinds(withChildren(sagas))
  const byName = uniqueSteps(steps)
  return {
    kinds: [...byKind.values(), { kind: adHocKind, version: 1 }].map(({ kind, version }) => ({
      kind,
      version,
    })),
    saga(kind) {
      const found = byKind.get(kind)
      if (found === undefined) throw new UnknownKind(kind, [...byKind.keys()].sort())
      return found
    },
    step(name) {
      const found = byName.get(name)
      if (found === undefined) throw new UnknownStep(name, [...byName.keys()].sort())
      return found
    },
    plan({ kind, version, plan }) {
      const saga = kind === adHocKind ? undefined : byKind.get(kind)
      const placed: PlacedStep[] = []
      for (const [idx, { name, place = idx, none }] of plan.entries()) {
        const there =
          saga?.version === version ? saga.steps[place] : placedAlone(byName.get(name), kind)
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
  const all = new Set(sagas)
  // A set that grows is walked to its end, so that the children's own are found as well.
  for (const { steps } of all) {
    for (const { step } of steps) if (step.child !== undefined) all.add(step.child.saga)
  }
  return [...all]
}

function uniqueKinds(sagas: readonly SagaDefinition[]): Map<string, SagaDefinition> {
  const byKind = new Map<string, SagaDefinition>()
  for (const saga of sagas) {
    if (saga.kind === adHocKind || byKind.has(saga.kind)) {
      throw new DefinitionError(`there are two sagas of kind "${saga.kind}"`)
    }
    if (saga.steps.length === 0) throw new DefinitionError(`saga "${saga.kind}" has no steps`)
    byKind.set(saga.kind, saga)
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
