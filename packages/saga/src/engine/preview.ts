import type { Json } from '../core/json.ts'
import type { PinnedStep } from '../core/run.ts'
import type { SagaDefinition } from '../core/saga.ts'
import type { StepDefinition, StepEffect } from '../core/step.ts'

/** What a start would run. */
export interface Preview {
  readonly kind: string
  readonly version: number
  /** The locks it would take, all or none, before its first step. */
  readonly locks: readonly string[]
  readonly steps: readonly PreviewStep[]
  /** The first step after which it only goes forward; null: all of it can be taken back. */
  readonly pointOfNoReturn: number | null
}

/** A step that a start would run. */
export interface PreviewStep {
  readonly idx: number
  readonly name: string
  readonly does: StepDefinition['kind'] | 'approval'
  readonly effect: StepEffect
  /**
   * What takes it back: its own undo, the undo of its child, nothing since it leaves nothing, or
   * nothing although it does.
   */
  readonly undo: 'undo' | 'child' | 'none_needed' | 'impossible'
  /** Of steps that run at once: the first of them. */
  readonly group: number | null
  /** What is given to this place alone. */
  readonly input: { readonly [key: string]: Json } | null
  /** Every step that the child may have: which of them it will is computed when it starts. */
  readonly child: {
    readonly kind: string
    readonly version: number
    readonly steps: readonly PreviewStep[]
  } | null
}

/** A plan with what it is made of, put into words. Pure. */
export function previewOf(
  { kind, version, lockKeys }: { kind: string; version: number; lockKeys: readonly string[] },
  plan: readonly PinnedStep[],
  definitions: readonly StepDefinition[],
): Preview {
  const steps = definitions.map((step, idx) => previewStep(step, idx, plan[idx]))
  const pivot = steps.findIndex(({ effect }) => effect === 'pivot')
  return { kind, version, locks: lockKeys, steps, pointOfNoReturn: pivot === -1 ? null : pivot }
}

function previewStep(step: StepDefinition, idx: number, pinned?: PinnedStep): PreviewStep {
  const { name, kind, effect, signal } = step
  return {
    idx,
    name,
    does: signal?.rejectable === true ? 'approval' : kind,
    effect,
    undo: undoOf(step),
    group: pinned?.group ?? null,
    input: pinned?.input ?? null,
    child: step.child === undefined ? null : previewChild(step.child.saga),
  }
}

function undoOf({ effect, kind }: StepDefinition): PreviewStep['undo'] {
  if (effect === 'pivot') return 'impossible'
  if (kind === 'child') return 'child'
  return effect === 'read' ? 'none_needed' : 'undo'
}

function previewChild({ kind, version, steps }: SagaDefinition): PreviewStep['child'] {
  return { kind, version, steps: steps.map(({ step }, idx) => previewStep(step, idx)) }
}
