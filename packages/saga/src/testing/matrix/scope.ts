import { AsyncLocalStorage } from 'node:async_hooks'
import type { StepCall } from '../../core/decision.ts'
import type { StepDefinition } from '../../core/step.ts'
import type { SimulatedProcess } from './process.ts'

/** A function of a step that is being called. */
export interface Scope {
  readonly process: SimulatedProcess
  readonly definition: StepDefinition
  readonly call: StepCall
  /** Of its kind of saga, its place, the step's name and the function's. */
  readonly path: string
}

/** The function of a step that the code running now belongs to. */
export const scopes = new AsyncLocalStorage<Scope>()
