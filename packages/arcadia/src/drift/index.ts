export { type AcceptDeps, type Accepted, type AcceptOrder, acceptDrift } from './accept.ts'
export type { Act } from './acts.ts'
export { detectDriftSaga } from './detect-drift.ts'
export {
  DriftError,
  NameNotConfirmed,
} from './errors.ts'
export { type DriftExplanation, type ExplainDeps, explainDrift } from './explain.ts'
export { type DriftFilter, listDrift } from './listing.ts'
export type { Locks } from './locks.ts'
export type { SweepDeps, SweepOptions, SweepSummary } from './sweep.ts'
export { type DriftRecord, type DriftView, driftView } from './views.ts'
