import { InvalidInput } from './errors.ts'
import { defaultValueBytes, type Json, plainJson, toJson } from './json.ts'
import { isJsonObject } from './plan.ts'
import type { PinnedStep } from './run.ts'
import type { PlanPart, SagaDefinition } from './saga.ts'
import type { StepDefinition } from './step.ts'

const mostSteps = 1_000

/**
 * The plan of a run, computed from its input: from here on it is what the run goes by, whatever the
 * definition says later.
 * @param input as the saga's schema has made it
 * @param itemBytes the most that an item of an `each` may take
 * @throws {@link InvalidInput} when it would have too many steps, or an item is not an object
 */
export function pinPlan(
  { steps, parts }: SagaDefinition,
  input: unknown,
  itemBytes = defaultValueBytes,
): readonly PinnedStep[] {
  const plan: PinnedStep[] = []
  for (const part of parts) {
    if (part.when !== undefined && !part.when(input)) continue
    const from = plan.length
    const definitions = steps.slice(part.first, part.first + part.count).map(({ step }) => step)
    plan.push(...pinPart(part, definitions, input, from, itemBytes))
    if (plan.length > mostSteps) {
      throw new InvalidInput('the input', [
        { path: '', message: `it makes a plan of more than ${mostSteps} steps` },
      ])
    }
  }
  return plan
}

function pinPart(
  { first, atOnce, each }: PlanPart,
  definitions: readonly StepDefinition[],
  input: unknown,
  from: number,
  itemBytes: number,
): readonly PinnedStep[] {
  const [definition] = definitions
  if (each === undefined || definition === undefined) {
    const pinned = definitions.map((step, n) => pin(step, first + n, from + n))
    return grouped(pinned, from, atOnce)
  }
  const { as, items } = each
  const inputs = items(input).map((item, n) => itemOf(item, `item ${n} of "${as}"`, itemBytes))
  if (inputs.length === 0) return [{ name: definition.name, place: first, as, none: true }]
  const pinned = inputs.map((own, n) => ({ ...pin(definition, first, from + n), input: own, as }))
  return grouped(pinned, from, atOnce)
}

function pin(step: StepDefinition, place: number, idx: number): PinnedStep {
  const kind = awaitedKind(step)
  return {
    name: step.name,
    ...(place === idx ? {} : { place }),
    ...(kind === undefined ? {} : { kind }),
  }
}

function awaitedKind({ kind, signal }: StepDefinition): PinnedStep['kind'] {
  if (kind === 'child') return kind
  if (kind !== 'signal') return undefined
  return signal?.rejectable === true ? 'approval' : kind
}

function grouped(
  pinned: readonly PinnedStep[],
  group: number,
  atOnce: number | undefined,
): readonly PinnedStep[] {
  if (pinned.length < 2) return pinned
  return pinned.map((step) => ({ ...step, group, ...(atOnce === undefined ? {} : { atOnce }) }))
}

function itemOf(item: unknown, what: string, most: number): { readonly [key: string]: Json } {
  const json = toJson(plainJson(item, what), what, most)
  if (!isJsonObject(json)) throw new InvalidInput(what, [{ path: '', message: 'give an object' }])
  return json
}
