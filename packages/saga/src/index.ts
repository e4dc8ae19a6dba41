export {
  sleep,
  step,
  type TransactOptions,
  transact,
  type UndoOptions,
} from './core/define-step.ts'
export { type Duration, toMs } from './core/duration.ts'
export * from './core/errors.ts'
export { type Json, UnstorableValue } from './core/json.ts'
export { type Log, silentLog } from './core/log.ts'
export type { RetryOptions } from './core/retry.ts'
export {
  endedStatuses,
  hasEnded,
  type PinnedStep,
  type Run,
  type RunError,
  type RunStatus,
  runStatuses,
  type StepRecord,
  type StepStatus,
  type WaitsFor,
} from './core/run.ts'
export { type Saga, type SagaDefinition, type SagaOptions, saga } from './core/saga.ts'
export type { Schema } from './core/schema.ts'
export {
  type CallArgs,
  type IssuedArgs,
  type KeyArgs,
  type Pending,
  pending,
  type Queryable,
  type RunInfo,
  type Step,
  type StepDefinition,
  type UndoArgs,
} from './core/step.ts'
export { echo } from './core/steps/echo.ts'
export { fail } from './core/steps/fail.ts'
export type {
  Engine,
  ListOptions,
  LockHolder,
  LockRelease,
  Page,
  RunEvent,
  Schedule,
  ScheduleOptions,
  Started,
  StartOptions,
  Worker,
  WorkerOptions,
} from './engine/api.ts'
export { type Clock, systemClock } from './engine/clock.ts'
export { createEngine, type EngineOptions } from './engine/engine.ts'
export { adHocKind } from './engine/registry.ts'
export type { Store } from './engine/store.ts'
