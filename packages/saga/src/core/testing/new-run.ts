import type { PinnedStep, Run } from '../run.ts'

/** A run that nobody has claimed yet. */
export function newRun(
  n: number,
  plan: readonly PinnedStep[],
  lockKeys: readonly string[] = [],
  parent?: { readonly run: { readonly id: number }; readonly idx: number },
): Run {
  const id = idOf(n)
  return {
    id,
    tag: id.slice(-8),
    kind: 'random',
    version: 1,
    plan,
    status: 'pending',
    direction: 'forward',
    currentStep: 0,
    inputs: {},
    context: {},
    error: null,
    parked: null,
    startKey: null,
    priority: 0,
    wakeAt: null,
    waitsFor: null,
    lockKeys,
    locksHeld: parent !== undefined && lockKeys.length > 0,
    reservedFor: null,
    workerId: null,
    epoch: 1,
    revision: 0,
    eventSeq: 0,
    rootId: id,
    parentId: parent === undefined ? null : idOf(parent.run.id),
    parentStep: parent?.idx ?? null,
    cancelRequestedAt: null,
    cancelRequestedBy: null,
    startedBy: null,
    traceContext: null,
    createdAt: 0,
    startedAt: null,
    endedAt: null,
  }
}

function idOf(n: number): string {
  return `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
}
