import { hasEnded, isDone } from '../../core/run.ts'
import type { LockHolder, RunEvent } from '../../engine/api.ts'
import type { StoredRun } from '../../engine/store.ts'
import { historyFaults } from './history.ts'

/** Everything about a run that has come to its end. */
export interface Ended extends StoredRun {
  readonly events: readonly RunEvent[]
}

/** What is wrong with a run at its end, by what the store says of it. */
export function endFaults({ run, steps, events }: Ended): string[] {
  const faults: string[] = []
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) faults.push(`${run.kind}: ${otherwise}`)
  }
  for (const fault of historyFaults({ run, steps }, events)) must(false, fault)
  must(
    hasEnded(run.status),
    `it does not end: it is ${run.status} (${run.waitsFor ?? run.parked?.reason ?? ''})`,
  )
  must(
    steps.every(({ idx }, n) => idx === n),
    'the ledger has a gap',
  )
  if (!hasEnded(run.status)) return faults
  must(run.workerId === null && run.wakeAt === null, 'it has ended and is still held, or due')
  must(run.endedAt !== null, 'it has ended and does not say when')
  if (run.status === 'completed') {
    must(
      steps.length === run.plan.length,
      `it completed with ${steps.length} of ${run.plan.length} steps`,
    )
    for (const { idx, status } of steps)
      must(isDone(status), `it completed with step ${idx} ${status}`)
  }
  if (run.status === 'rolled_back') {
    for (const { idx, status } of steps) {
      const isBack = status === 'failed' || status === 'compensated' || status === 'skipped'
      must(isBack, `it rolled back with step ${idx} ${status}`)
    }
    must(run.error !== null, 'it rolled back and does not say why')
  }
  if (run.status === 'failed') {
    must(
      (run.error?.left_behind?.length ?? 0) > 0,
      'it failed and names nothing that it left behind',
    )
  }
  return faults
}

/** What is wrong with what runs that have ended leave in the store. */
export function leftovers(holders: readonly LockHolder[]): string[] {
  return holders.map(({ key }) => `the lock ${key} is still held at the end`)
}

/** How two lists of things differ, each as often as it is there; undefined: they do not. */
export function difference(there: readonly string[], due: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const thing of there) counts.set(thing, (counts.get(thing) ?? 0) + 1)
  for (const thing of due) counts.set(thing, (counts.get(thing) ?? 0) - 1)
  const named = (sign: number) =>
    [...counts]
      .filter(([, count]) => count * sign > 0)
      .map(([thing, count]) =>
        Math.abs(count) === 1 ? thing : `${thing} (${Math.abs(count)} times)`,
      )
  const [over, missing] = [named(1), named(-1)]
  if (over.length === 0 && missing.length === 0) return undefined
  return [
    ...(over.length > 0 ? [`should not be there: ${over.join(', ')}`] : []),
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
  ].join('; ')
}
