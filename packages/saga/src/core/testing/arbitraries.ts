import fc from 'fast-check'
import { acts } from '../acts.ts'
import { type Behaviour, behaviours } from './behaviour.ts'
import {
  hasPivot,
  ordinaryKinds,
  type PlannedPart,
  type PlannedSaga,
  type PlannedStep,
  pivotKinds,
  type StepKind,
} from './planned.ts'
import type { Happening, World } from './simulation.ts'

const behaves = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Behaviour>('ok') },
    { weight: 4, arbitrary: fc.constantFrom(...behaviours) },
  ),
  { maxLength: 5 },
)

function stepOf(kind: fc.Arbitrary<StepKind>): fc.Arbitrary<PlannedStep> {
  return fc.record({
    kind,
    behaves,
    onExhausted: fc.constantFrom('park' as const, 'park' as const, 'continue' as const),
    hurried: fc.boolean(),
    child: fc.constant(null),
  })
}

function childOf(saga: fc.Arbitrary<PlannedSaga>): fc.Arbitrary<PlannedStep> {
  return fc.record({ planned: saga, behaves }).map(({ planned, behaves: own }) => ({
    kind: 'child' as const,
    behaves: own,
    onExhausted: 'park' as const,
    hurried: false,
    child: planned,
  }))
}

function alone(steps: fc.Arbitrary<PlannedStep>): fc.Arbitrary<PlannedPart> {
  return steps.map((step) => ({ steps: [step], atOnce: null }))
}

/** A pivot stands alone, and so does a child that has one. */
function beside(steps: fc.Arbitrary<PlannedStep>): fc.Arbitrary<PlannedPart> {
  return fc
    .record({
      steps: fc.array(steps, { minLength: 2, maxLength: 4 }),
      atOnce: fc.option(fc.integer({ min: 1, max: 3 })),
    })
    .map((part) => ({
      ...part,
      steps: part.steps.map((step) =>
        step.child !== null && hasPivot(step.child)
          ? { ...step, kind: 'found' as const, child: null }
          : step,
      ),
    }))
}

function sagas(depth: number): fc.Arbitrary<PlannedSaga> {
  const ordinary = stepOf(fc.constantFrom(...ordinaryKinds))
  const pivot = alone(stepOf(fc.constantFrom(...pivotKinds)))
  if (depth === 0) {
    const part = fc.oneof(
      { weight: 6, arbitrary: alone(ordinary) },
      { weight: 1, arbitrary: pivot },
      { weight: 2, arbitrary: beside(ordinary) },
    )
    return fc.array(part, { minLength: 1, maxLength: 3 })
  }
  const withChildren = fc.oneof(
    { weight: 5, arbitrary: ordinary },
    { weight: 1, arbitrary: childOf(sagas(depth - 1)) },
  )
  const part = fc.oneof(
    { weight: 5, arbitrary: alone(withChildren) },
    { weight: 1, arbitrary: pivot },
    { weight: 3, arbitrary: beside(withChildren) },
  )
  return fc.array(part, { minLength: 1, maxLength: 4 })
}

/** Plans with children, and children of those. */
export const plans = sagas(2)

const happening: fc.Arbitrary<Happening> = fc.record({
  after: fc.integer({ min: 1, max: 120 }),
  what: fc.constantFrom(...acts, 'takeover' as const, 'stray_effect' as const),
  run: fc.nat({ max: 5 }),
  step: fc.nat({ max: 11 }),
})

export const worlds: fc.Arbitrary<World> = fc.record({
  happenings: fc.array(happening, { maxLength: 8 }),
  picks: fc.array(fc.nat({ max: 11 }), { maxLength: 24 }),
  locked: fc.boolean(),
})
