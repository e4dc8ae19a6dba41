import { isObject, type Json } from './json.ts'
import type { PinnedStep, StepRecord } from './run.ts'

/** Steps that run at once, as places in a plan, both ends included. A step by itself is a group of one. */
export interface Group {
  readonly first: number
  readonly last: number
}

/** The group that a place of a plan is in; undefined past its end. */
export function groupAt(plan: readonly PinnedStep[], idx: number): Group | undefined {
  const pinned = plan[idx]
  if (pinned === undefined) return undefined
  const { group } = pinned
  if (group === undefined) return { first: idx, last: idx }
  return { first: group, last: plan.findLastIndex((step) => step.group === group) }
}

/** The ledger before a step and those that run at once with it: what they all can build on. */
export function stepsBefore(
  plan: readonly PinnedStep[],
  steps: readonly StepRecord[],
  idx: number,
): readonly StepRecord[] {
  return steps.slice(0, groupAt(plan, idx)?.first ?? idx)
}

/**
 * The outputs of the completed steps, merged in their order; those of an `each` as a list under
 * its name, with null for a step that has none.
 */
export function contextOf(
  plan: readonly PinnedStep[],
  steps: readonly StepRecord[],
): { readonly [key: string]: Json } {
  let context: { readonly [key: string]: Json } = {}
  const lists = new Map<string, Json[]>()
  for (const { idx, status, output } of steps) {
    const { as, none } = plan[idx] ?? {}
    if (as === undefined) {
      // Spread, not assigned: a member named __proto__ is a member.
      if (isJsonObject(output)) context = { ...context, ...output }
      continue
    }
    const list = lists.get(as) ?? []
    lists.set(as, list)
    if (none !== true) list.push(status === 'skipped' ? null : output)
  }
  return { ...context, ...Object.fromEntries(lists) }
}

export function isJsonObject(value: Json): value is { readonly [key: string]: Json } {
  return isObject(value)
}
