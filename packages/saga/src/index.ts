export { type Act, acts } from './core/acts.ts'
export { type ChildOptions, child } from './core/child.ts'
export {
  type Acting as ActingOptions,
  type CommonOptions,
  type EffectOptions,
  type Found,
  type Immediate as StepOptions,
  type Output,
  step,
  type Undo,
  type Waiting as WaitingStepOptions,
} from './core/define-step.ts'
export { type TransactOptions, transact } from './core/define-transact.ts'
export {
  type Answer,
  approval,
  type SignalOptions,
  signal,
  sleep,
} from './core/define-waits.ts'
export { type Duration, toMs } from './core/duration.ts'
export * from './core/errors.ts'
export type { RunEventData, SagaEvent, SagaEventData, StepEventData } from './core/event.ts'
export { type Json, UnstorableValue } from './core/json.ts'
export { type Log, silentLog } from './core/log.ts'
export { adapt, type Parallel, type ParallelOptions, parallel } from './core/parallel.ts'
export type { PolicyOptions, UndoOptions } from './core/policy.ts'
export type { RetryOptions, RetryPolicy } from './core/retry.ts'
export {
  type Direction,
  endedStatuses,
  hasEnded,
  type LeftBehind,
  type PinnedStep,
  type Run,
  type RunError,
  type RunStatus,
  runStatuses,
  type StepRecord,
  type StepStatus,
  stepStatuses,
  type TraceContext,
  type WaitsFor,
} from './core/run.ts'
export {
  type PlacedStep,
  type PlanPart,
  type Saga,
  type SagaDefinition,
  type SagaOf,
  type SagaOptions,
  saga,
} from './core/saga.ts'
export type { Schema } from './core/schema.ts'
export { isSecretRef, type SecretRef, secret, secretRef } from './core/secret.ts'
export {
  type AwaitedSignal,
  type CallArgs,
  type IssuedArgs,
  type KeyArgs,
  type MaybePromise,
  type Part,
  type Pending,
  pending,
  type Queryable,
  type RunInfo,
  type Step,
  type StepDefinition,
  type StepEffect,
  type StepPolicy,
  type TransactFunctions,
  type UndoArgs,
} from './core/step.ts'
export { echo } from './core/steps/echo.ts'
export { fail } from './core/steps/fail.ts'
export type {
  ActOptions,
  AnswerOptions,
  Engine,
  ListOptions,
  LockHolder,
  LockRelease,
  Operating,
  Page,
  Priority,
  ReasonedActOptions,
  RunEvent,
  Schedule,
  ScheduleOptions,
  Started,
  StartOptions,
  Stranded,
  Worker,
  WorkerOptions,
} from './engine/api.ts'
export { type Clock, systemClock } from './engine/clock.ts'
export { nextFireTimes } from './engine/cron.ts'
export { createEngine, type EngineOptions } from './engine/engine.ts'
export type { Flush } from './engine/group-commit.ts'
export type { Hooks } from './engine/hooks.ts'
export type { Limits } from './engine/limits.ts'
export type { QueuedKind } from './engine/metrics.ts'
export type { Telemetry } from './engine/observer.ts'
export type { PayloadLimitOptions } from './engine/payload.ts'
export type { Preview, PreviewStep } from './engine/preview.ts'
export { adHocKind } from './engine/registry.ts'
export type { RetentionOptions } from './engine/retention.ts'
export type { SecretResolver, SecretUse } from './engine/secrets.ts'
export type {
  ClaimedRun,
  Commit,
  CommitResult,
  DueSchedule,
  Known,
  NewRun,
  PruneBatch,
  ScheduleDefinition,
  Signal,
  SignalType,
  Store,
  StoredRun,
} from './engine/store.ts'
