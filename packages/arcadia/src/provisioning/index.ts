export {
  namedSagas,
  type ProvisioningDeps,
  provisioningSagas,
  provisioningSteps,
} from './catalog.ts'
export { permittedAdHocSteps, writesToCloud } from './cloud-writes.ts'
export { lockKey } from './sagas/locks.ts'
export {
  type BaselineDeps,
  type BaselineOptions,
  type BaselineResult,
  type BaselineSample,
  type BaselineSkip,
  baseline,
} from './specs/baseline.ts'
export {
  forgetProvisioned,
  type ProvisionedSpec,
  provisionedSpec,
  putSpec,
} from './specs/current.ts'
export {
  ProvisioningError,
  ResourceNotFound,
  SpecRefused,
} from './specs/errors.ts'
export { ownerInWords } from './specs/owner.ts'
export { type RecordedSpec, recordProvisioned, type SpecEntry } from './specs/record.ts'
export { type Timing, timingFor } from './timing.ts'
