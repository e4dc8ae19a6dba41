import type { StepCall } from '../../core/decision.ts'
import { StepFailed } from '../../core/errors.ts'
import type { PlacedStep, SagaDefinition } from '../../core/saga.ts'
import type { CallArgs, MaybePromise, StepDefinition } from '../../core/step.ts'
import type { CallChecks } from './call-checks.ts'
import type { CaseDeps } from './case-deps.ts'
import { cutHere } from './cut-world.ts'
import type { SimulatedProcess } from './process.ts'
import { type Scope, scopes } from './scope.ts'

/** What is asked of a case at the calls of its steps. */
export interface Watched {
  readonly checks: CallChecks
  /**
   * Whether calls are let by unchecked. To check one is to read the ledger, and by then another run
   * has written alone what it would have written together with this one.
   */
  readonly isUnchecked: boolean
  /** Of its sagas, where their runs are reserved for nobody; cases must not take each other's. */
  readonly version: number | undefined
  /** Prefixed to every lock, for cases must not wait for each other. */
  readonly prefix: string
  /** Whether a step is refused by the world, as `<kind>.<idx>`. */
  readonly isRefused: (step: string) => boolean
  /** A function of a step has returned for the first time or again. */
  readonly returned: (step: string, call: StepCall) => Promise<void>
}

/**
 * A saga as a process of a case has it: the functions of its steps, and those of its children, are
 * watched, and cut where they do not call the world.
 */
export function cutSaga(
  deps: CaseDeps,
  watched: Watched,
  process: SimulatedProcess,
  saga: SagaDefinition,
): SagaDefinition {
  const made = new Map<SagaDefinition, SagaDefinition>()
  const cut = (definition: SagaDefinition): SagaDefinition => {
    const known = made.get(definition)
    if (known !== undefined) return known
    const { kind, input, locks, parts } = definition
    const version = watched.version ?? definition.version
    const steps = definition.steps.map(({ step, with: make }): PlacedStep => {
      const { child } = step
      const cutting = new CuttingStep(deps, watched, process, kind, step)
      const functions = cutting.functions()
      const own = child === undefined ? undefined : { ...child, saga: cut(child.saga) }
      return { step: { ...step, ...functions, child: own }, with: make }
    })
    const prefixed = locks && ((given: unknown) => locks(given).map((key) => watched.prefix + key))
    const result = { kind, version, input, locks: prefixed, steps, parts }
    made.set(definition, result)
    return result
  }
  return cut(saga)
}

class CuttingStep {
  readonly #deps: CaseDeps
  readonly #watched: Watched
  readonly #process: SimulatedProcess
  readonly #kind: string
  readonly #definition: StepDefinition

  constructor(
    deps: CaseDeps,
    watched: Watched,
    process: SimulatedProcess,
    kind: string,
    definition: StepDefinition,
  ) {
    this.#deps = deps
    this.#watched = watched
    this.#process = process
    this.#kind = kind
    this.#definition = definition
  }

  functions(): Pick<StepDefinition, 'do' | 'find' | 'until' | 'undo' | 'transact'> {
    const { transact, ...definition } = this.#definition
    const { do: doIt, undo } = transact ?? {}
    return {
      do: this.#cut('do', definition.do),
      find: this.#cut('find', definition.find),
      until: this.#cut('until', definition.until),
      undo: this.#cut('undo', definition.undo),
      transact: doIt && {
        do: (tx, args) => this.#call('do', args, () => doIt(tx, args)),
        undo: undo && ((tx, args) => this.#call('undo', args, () => undo(tx, args))),
      },
    }
  }

  #cut<Args extends CallArgs<unknown>>(
    call: StepCall,
    original: ((args: Args) => MaybePromise<unknown>) | undefined,
  ): ((args: Args) => Promise<unknown>) | undefined {
    return original && ((args) => this.#call(call, args, () => original(args)))
  }

  async #call(call: StepCall, args: CallArgs<unknown>, work: () => unknown): Promise<unknown> {
    const { activity } = this.#deps
    const { checks, isUnchecked, isRefused, returned } = this.#watched
    const step = `${this.#kind}.${args.idx}`
    const scope: Scope = {
      process: this.#process,
      definition: this.#definition,
      call,
      path: `${step}.${this.#definition.name}.${call}`,
    }
    // It was called at the moment its process was stopped, and what held then need not hold later.
    const isHeldUp = this.#process.isStopped
    return activity.during(async () => {
      await this.#process.gate()
      const isChecked = !isHeldUp && !isUnchecked
      const ended = isChecked
        ? await activity.inTurn(() => checks.entered({ ...scope, args }))
        : () => {}
      await this.#process.gate()
      try {
        if (call === 'do' && isRefused(step)) throw new StepFailed('refused by the matrix')
        const value = await this.#invoke(scope, work)
        ended({ value })
        await returned(step, call)
        await this.#process.gate()
        return value
      } catch (error) {
        ended({ error })
        throw error
      }
    })
  }

  /** While it waits for the world, only the world is under way. */
  async #invoke(scope: Scope, work: () => unknown): Promise<unknown> {
    const { activity, knowledge } = this.#deps
    const { path } = scope
    const run = async () => scopes.run(scope, work)
    if (knowledge.callsWorld.get(path) === true) return activity.held(run())
    if (this.#definition.kind === 'transact') return activity.held(run())
    const isPoint = () => knowledge.callsWorld.get(path) !== true
    const value = await activity.held(cutHere(this.#deps, scope, path, run, isPoint))
    if (!knowledge.callsWorld.has(path)) knowledge.callsWorld.set(path, false)
    return value
  }
}
