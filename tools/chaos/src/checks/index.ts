import type { Breach } from './breach.ts'
import { checkEffects } from './effects.ts'
import type { Evidence } from './evidence.ts'
import { checkHistories } from './history.ts'
import { checkOrder } from './order.ts'
import { checkLedgers, checkLocks, checkRuns } from './runs.ts'

/** Every check, with what it looks at in words. */
export const checks: readonly {
  readonly about: string
  readonly check: (evidence: Evidence) => readonly Breach[]
}[] = [
  { about: 'each saga started once, and ended, or parked with a reason', check: checkRuns },
  { about: 'ledgers fit how their runs ended, and children their parents', check: checkLedgers },
  { about: 'histories are gapless and tell what runs and ledgers say', check: checkHistories },
  { about: 'the cloud holds what the ledgers say, each once, and no more', check: checkEffects },
  { about: 'locks have kept runs apart', check: checkOrder },
  { about: 'no lock is held but by parked runs', check: checkLocks },
]

export function findBreaches(evidence: Evidence): readonly Breach[] {
  return checks.flatMap(({ check }) => check(evidence))
}

export type { Breach } from './breach.ts'
export { type CloudView, viewCloud } from './cloud-view.ts'
export { type Evidence, readDatabase } from './evidence.ts'
export { countOpen } from './standing.ts'
