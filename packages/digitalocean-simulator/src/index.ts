export {
  type AddedFault,
  type ApiAnswer,
  ControlError,
  Controls,
  type DropletChange,
  type FaultState,
} from './controls.ts'
export type { FaultInput } from './faults/fault.ts'
export type { Scope, TokenGrant } from './http/access.ts'
export type { RateLimits } from './http/rate-limit.ts'
export type { LoggedRequest } from './http/request-log.ts'
export type { Log } from './log.ts'
export {
  type LocalSimulator,
  openSimulator,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from './simulator.ts'
export { DataFolderBusyError } from './store/lock.ts'
export { DataFolderError } from './store/replay.ts'
export type { Clock, Lag, Speed } from './time.ts'
