export { type AcceptDeps, type Accepted, type AcceptOrder, acceptDrift } from './accept.ts'
export type { Act } from './acts.ts'
export { detectDriftSaga } from './detect-drift.ts'
export {
  DriftActRefused,
  DriftError,
  DriftMoved,
  DriftNotFound,
  NameNotConfirmed,
  ResourceLocked,
} from './errors.ts'
export { type DriftExplanation, type ExplainDeps, explainDrift } from './explain.ts'
export { countWaiting, type DriftFilter, findDrift, listDrift } from './listing.ts'
export type { Locks } from './locks.ts'
export { type SweepDeps, type SweepOptions, type SweepSummary, sweep } from './sweep.ts'
export { type DriftRecord, type DriftView, driftView } from './views.ts'
