import { shortId } from '../api/ids.ts'
import type { Saga, Step } from '../api/shapes.ts'
import { exact } from '../render/time.ts'
import { hasEnded, hasTurned } from './standing.ts'

/** The steps that somebody outside has to answer. */
export function awaitedAnswers(saga: Saga): readonly Step[] {
  if (hasEnded(saga) || hasTurned(saga)) return []
  return (saga.steps ?? []).filter(
    (step) => isAt(saga, step, 'signal', 'approval') && isWaiting(step),
  )
}

/** Whether a step asks for an approval. */
export function asksForApproval(saga: Saga, step: Step): boolean {
  return isAt(saga, step, 'approval')
}

/** Who, or what, has to move before it can: people, other sagas; empty where time does. */
export function awaitedText(
  saga: Saga,
  now: number,
  holders: readonly { readonly key: string; readonly saga_id: string }[] = [],
): string {
  const answers = awaitedAnswers(saga)
  if (answers.length > 0) {
    const [approvals, signals] = [
      answers.filter((step) => asksForApproval(saga, step)),
      answers.filter((step) => !asksForApproval(saga, step)),
    ]
    const parts = [listed('approval', approvals, now), listed('signal', signals, now)]
    return parts.filter((part) => part !== '').join(' and ')
  }
  const children = (saga.steps ?? []).filter((step) => isAt(saga, step, 'child') && isWaiting(step))
  if (children.length > 0) {
    return children
      .map(({ name, child_id: id }) => `saga ${shortId(id ?? '')} (${name})`)
      .join(', ')
  }
  const others = holders.filter(
    ({ key, saga_id: id }) => saga.locks.includes(key) && id !== saga.root_id,
  )
  return others.map(({ key, saga_id: id }) => `${key}, which saga ${shortId(id)} holds`).join(', ')
}

function listed(what: string, steps: readonly Step[], now: number): string {
  if (steps.length === 0) return ''
  const list = steps.map((step) => `${step.name}${untilText(step, now)}`).join(', ')
  return `the ${what}${steps.length > 1 ? 's' : ''} ${list}`
}

function isAt({ plan }: Saga, { idx }: Step, ...kinds: readonly string[]): boolean {
  return kinds.includes(plan[idx]?.kind ?? '')
}

function isWaiting({ status }: Step): boolean {
  return status === 'waiting' || status === 'compensating'
}

function untilText({ deadline_at: deadline }: Step, now: number): string {
  return deadline ? ` until ${exact(deadline, now)}` : ''
}
