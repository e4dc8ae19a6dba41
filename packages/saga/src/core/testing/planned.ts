import { child } from '../child.ts'
import type { Plan } from '../decision.ts'
import { step } from '../define-step.ts'
import { transact } from '../define-transact.ts'
import { approval, signal, sleep } from '../define-waits.ts'
import type { PinnedStep } from '../run.ts'
import type { SagaDefinition } from '../saga.ts'
import { type Pending, pending, type StepDefinition } from '../step.ts'
import type { Behaviour } from './behaviour.ts'

/** Kinds of steps that may stand beside others. */
export const ordinaryKinds = [
  'found',
  'idempotent',
  'awaited',
  'polled',
  'read',
  'transact',
  'sleep',
  'approval',
  'signal',
] as const
export const pivotKinds = ['pivot', 'awaited_pivot'] as const
export type StepKind = (typeof ordinaryKinds)[number] | (typeof pivotKinds)[number] | 'child'

/** A step of a random plan, and how the world behaves at each of its calls; after them all, well. */
export interface PlannedStep {
  readonly kind: StepKind
  readonly behaves: readonly Behaviour[]
  readonly onExhausted: 'park' | 'continue'
  /** Whether what it waits for from outside has a deadline. */
  readonly hurried: boolean
  readonly child: PlannedSaga | null
}

/** Steps that run at once, or one by itself. */
export interface PlannedPart {
  readonly steps: readonly PlannedStep[]
  readonly atOnce: number | null
}

export type PlannedSaga = readonly PlannedPart[]

export const settlesMs = 10_000
const retry = { attempts: 3, initial: 1_000, jitter: 0 }
const limits = { retry, settles: settlesMs, every: 1_000, deadline: '30s' } as const
const undoLimits = { retry, every: 1_000, deadline: '20s' } as const
const effect = () => undefined
const probe = (): Pending => pending

const known = new Map<string, StepDefinition>()

function definitionOf(planned: PlannedStep, idx: number): StepDefinition {
  if (planned.child !== null) return childOf(planned.child, idx)
  const { kind, onExhausted, hurried } = planned
  const id = `${kind} ${idx} ${onExhausted} ${hurried}`
  const found = known.get(id) ?? define(planned, `step_${idx}`)
  known.set(id, found)
  return found
}

function define({ kind, onExhausted, hurried }: PlannedStep, name: string): StepDefinition {
  const undoOptions = { ...undoLimits, onExhausted }
  const undone = { ...limits, do: effect, undo: effect, undoOptions }
  const deadline = hurried ? { deadline: '60s' as const } : {}
  switch (kind) {
    case 'found':
      return step(name, { ...undone, find: effect })
    case 'awaited':
      return step(name, { ...undone, find: effect, until: probe })
    case 'idempotent':
      return step(name, { ...undone, idempotent: true })
    case 'polled':
      return step(name, { ...undone, idempotent: true, until: probe })
    case 'read':
      return step(name, { ...limits, effect: 'read', do: effect })
    case 'transact':
      return transact(name, { retry, do: effect, undo: effect, undoOptions })
    case 'pivot':
      return step(name, { ...limits, effect: 'pivot', do: effect, find: effect })
    case 'awaited_pivot':
      return step(name, { ...limits, effect: 'pivot', do: effect, find: effect, until: probe })
    case 'sleep':
      return sleep(name, 5_000)
    case 'approval':
      return approval(name, deadline)
    case 'signal':
      return signal(name, deadline)
    case 'child':
      throw new TypeError('a child has a saga')
  }
}

function childOf(planned: PlannedSaga, idx: number): StepDefinition {
  const saga: SagaDefinition = {
    kind: 'child',
    version: 1,
    input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    locks: undefined,
    steps: definitionsOf(planned).map((placed) => ({ step: placed, with: undefined })),
    parts: [],
  }
  return child(saga, { name: `step_${idx}`, retry: { attempts: 2, initial: 1_000, jitter: 0 } })
}

export function stepsOf(planned: PlannedSaga): readonly PlannedStep[] {
  return planned.flatMap(({ steps }) => steps)
}

export function definitionsOf(planned: PlannedSaga): Plan {
  return stepsOf(planned).map(definitionOf)
}

export function pinned(planned: PlannedSaga): readonly PinnedStep[] {
  const plan: PinnedStep[] = []
  for (const { steps, atOnce } of planned) {
    const group = plan.length
    for (const { kind } of steps) {
      plan.push({
        name: `step_${plan.length}`,
        ...(steps.length > 1 ? { group } : {}),
        ...(steps.length > 1 && atOnce !== null ? { atOnce } : {}),
        ...(kind === 'child' ? { kind: 'child' as const } : {}),
        ...(kind === 'approval' || kind === 'signal' ? { kind: 'signal' as const } : {}),
      })
    }
  }
  return plan
}

/** Whether there is no way back from it, in itself or in a child. */
export function hasPivot(planned: PlannedSaga): boolean {
  return stepsOf(planned).some(
    ({ kind, child: own }) =>
      kind === 'pivot' || kind === 'awaited_pivot' || (own !== null && hasPivot(own)),
  )
}

/** A plan in words, a line a step. */
export function describePlan(planned: PlannedSaga, indent = '  '): string {
  let idx = 0
  return planned
    .flatMap(({ steps, atOnce }) =>
      steps.map(({ kind, behaves, onExhausted, hurried, child: own }, n) => {
        const beside = n === 0 ? '' : '| '
        const most = n === 0 && steps.length > 1 && atOnce !== null ? ` (${atOnce} at once)` : ''
        const waits = (kind === 'approval' || kind === 'signal') && hurried ? ', hurried' : ''
        const gives = onExhausted === 'continue' ? ', undo may give up' : ''
        const world = behaves.length === 0 ? '' : `: ${behaves.join('; ')}`
        const below = own === null ? '' : `\n${describePlan(own, `${indent}    `)}`
        return `${indent}${beside}${idx++} ${kind}${most}${waits}${gives}${world}${below}`
      }),
    )
    .join('\n')
}
