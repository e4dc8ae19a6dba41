import type { SagaDefinition } from '../../core/saga.ts'
import type { MaybePromise } from '../../core/step.ts'
import type { StoredRun } from '../../engine/store.ts'
import { simulatedClock } from '../simulated-clock.ts'
import type { Knowledge } from './case-deps.ts'
import { difference, type Ended, endFaults, leftovers } from './end-checks.ts'
import { isExpectedToPark, mayBeUntold, mustEndAsAlways } from './expectations.ts'
import { type CaseName, nameOf } from './fault.ts'
import type { CrashMatrixOptions } from './options.ts'
import { isAtRest, Play } from './play.ts'
import type { Passed } from './points.ts'
import { Stage } from './stage.ts'
import { hasPivot, type Ways, waysOf } from './ways.ts'

/** What a case needs of the options of its matrix. */
export type CaseOptions<World> = Omit<
  CrashMatrixOptions<World, never>,
  'saga' | 'input' | 'beside'
> & {
  readonly saga: (world: World) => SagaDefinition
  readonly input: (world: World) => unknown
  readonly beside?: ((world: World) => unknown) | undefined
}

/** What stands when runs complete, as it was seen when nothing went wrong. */
export interface Baseline {
  /** How a variant ends. */
  readonly ends: Map<string, string>
  /** What a completed run leaves standing. */
  standing: readonly string[]
  /** And the one beside it. */
  standingBeside: readonly string[]
}

/** How a case went. */
export interface CaseResult {
  readonly name: CaseName
  /** The status of the run at its end. */
  readonly end: string
  /** Why it was parked on the way; null: it was not. */
  readonly parked: string | null
  readonly breaches: readonly string[]
  /** Every event of every run. */
  readonly history: readonly string[]
  /** The points that it came by after the last fault, and what could go wrong there. */
  readonly passed: readonly Passed[]
  /** Whether all that should go wrong did. */
  readonly isStruck: boolean
  /** What stands at the end that did not at the beginning. */
  readonly standing: readonly string[]
  readonly ways: Ways
}

/** Plays one case from its beginning to its end, and checks what became of it. */
export async function playCase<World>(
  options: CaseOptions<World>,
  knowledge: Knowledge,
  baseline: Baseline,
  name: CaseName,
  id: string,
): Promise<CaseResult> {
  const clock = simulatedClock()
  const world = await options.world({ id, clock })
  const stage = new Stage(options, knowledge, name, { id, clock, world })
  try {
    return await new Case(options, baseline, name, stage).play()
  } finally {
    stage.end()
    await options.end?.(world)
  }
}

class Case<World> {
  readonly #options: CaseOptions<World>
  readonly #baseline: Baseline
  readonly #name: CaseName
  readonly #stage: Stage<World>
  readonly #play: Play<World>
  #parked: string | null = null
  #byHand = false

  constructor(
    options: CaseOptions<World>,
    baseline: Baseline,
    name: CaseName,
    stage: Stage<World>,
  ) {
    this.#options = options
    this.#baseline = baseline
    this.#name = name
    this.#stage = stage
    this.#play = new Play(stage, options.answer)
  }

  async play(): Promise<CaseResult> {
    const stage = this.#stage
    const before = await this.#standing([])
    await this.#start()
    await this.#play.settle()
    if (stage.variant.type === 'taken_back') await this.#takeBack()
    await this.#operate()
    const runs = this.#play.runs
    const ended = await this.#ended(runs)
    const standing = await this.#standing(runs)
    const added = minus(standing, before)
    await this.#check(ended, standing, before)
    const root = runs[0]?.run
    return {
      name: this.#name,
      end: root?.status ?? 'never started',
      parked: this.#parked,
      breaches: [...stage.checks.breaches],
      history: ended.flatMap(({ run, events }) =>
        events.map(
          ({ seq, type, idx, at }) =>
            `${run.kind} ${seq}. ${type}${idx === null ? '' : ` ${idx}`} (+${at - run.createdAt} ms)`,
        ),
      ),
      passed: stage.points.afterwards,
      isStruck: stage.points.open.length === 0,
      standing: added,
      ways: waysOf(stage.saga, stage.runId, stage.checks.calls, runs),
    }
  }

  async #start(): Promise<void> {
    const stage = this.#stage
    const { saga, input, beside } = this.#options
    const reserved = stage.isBegun ? {} : { reservedFor: stage.id }
    const start = async (what: (world: World) => MaybePromise<unknown>, key: string) => {
      const { kind } = saga(stage.world)
      const asked = await this.#play.ask((engine) =>
        engine.startKind(kind, what(stage.world), { key, ...reserved, actor: 'client' }),
      )
      return asked === 'refused' ? undefined : asked.value.id
    }
    stage.runId = await start(input, stage.id)
    if (stage.variant.type === 'beside' && beside !== undefined) {
      stage.besideId = await start(beside, `${stage.id} beside`)
    }
    const isRepeated = this.#name.strikes.some(({ point }) => point.startsWith('insertRun#1:'))
    if (isRepeated) await this.#startAgain()
  }

  /** Whatever became of the first answer, there is one run of the key. */
  async #startAgain(): Promise<void> {
    const { runId, id, control, checks, world, saga } = this.#stage
    const key = id
    const again = await control.startKind(saga.kind, this.#options.input(world), { key })
    if (again.created || again.id !== runId) checks.breach('a start key made two runs')
  }

  async #takeBack(): Promise<void> {
    const { runId, checks } = this.#stage
    const [root] = this.#play.runs
    if (runId === undefined || root?.run.status !== 'completed') return
    const asked = await this.#play.ask((engine) => engine.rollBack(runId, { actor: 'operator' }))
    await this.#play.settle()
    const [after] = this.#play.runs
    if (asked !== 'refused' && after?.run.status === 'completed') {
      checks.breach('a roll-back was accepted, and the run is completed')
    }
  }

  /** The world is well again, and an operator sees to what is parked. */
  async #operate(): Promise<void> {
    const stage = this.#stage
    for (let round = 0; round < 8; round += 1) {
      // In each: what is to break may only be called once the run goes on.
      stage.heal()
      const parked = this.#play.runs.filter(({ run }) => run.status === 'parked')
      if (parked.length === 0) return
      for (const stored of parked) {
        const reason = stored.run.parked?.reason ?? ''
        const isBeside = stored.run.rootId === stage.besideId
        this.#parked ??= reason
        if (!isExpectedToPark(this.#name, stage, { reason, isBeside })) {
          stage.checks.breach(`it was parked (${reason}), and nothing lasts that is in its way`)
        }
        if ((await this.#play.operate(stored)) === 'by hand') this.#byHand = true
      }
      await this.#play.settle()
    }
    stage.checks.breach('it is parked again and again, though all is well')
  }

  #ended(runs: readonly StoredRun[]): Promise<readonly Ended[]> {
    const { store } = this.#stage
    return Promise.all(
      runs.map(async ({ run, steps }) => {
        const events = await store.listEvents({ id: run.id, after: 0, limit: 1_000 })
        return { run, steps, events }
      }),
    )
  }

  async #check(
    ended: readonly Ended[],
    standing: readonly string[],
    before: readonly string[],
  ): Promise<void> {
    const { checks, store, runId, besideId } = this.#stage
    for (const one of ended) {
      for (const fault of endFaults(one)) checks.breach(fault)
      this.#checkAttempts(one)
    }
    const keys = [...new Set(ended.flatMap(({ run }) => run.lockKeys))]
    const holders = keys.length === 0 ? [] : await store.listLockHolders({ keys, limit: 100 })
    if (ended.every(({ run }) => isAtRest(run))) {
      for (const fault of leftovers(holders)) checks.breach(fault)
    }
    const root = ended.find(({ run }) => run.id === runId)
    const beside = ended.find(({ run }) => run.id === besideId)
    if (root === undefined) {
      checks.breach('its start was never answered')
      return
    }
    this.#checkStanding(root, beside, standing, before)
    this.#checkEnd(root)
  }

  #checkStanding(
    { run }: Ended,
    beside: Ended | undefined,
    standing: readonly string[],
    before: readonly string[],
  ): void {
    const { checks } = this.#stage
    // The first run of all is what the others are held to.
    if (this.#name.strikes.length === 0 && !this.#baseline.ends.has(this.#name.variant)) {
      const completes = ['completes', 'beside'].includes(this.#name.variant)
      if (completes) return
    }
    if (run.status === 'failed' || beside?.run.status === 'failed') return
    const due = [
      ...before,
      ...(run.status === 'completed' ? this.#baseline.standing : []),
      ...(beside?.run.status === 'completed' ? this.#baseline.standingBeside : []),
    ]
    const isMoreAllowed = this.#byHand || mayBeUntold(this.#name)
    const differs = isMoreAllowed ? missing(standing, due) : difference(standing, due)
    if (differs !== undefined) {
      checks.breach(`${run.status}, and what stands in the world is not what should: ${differs}`)
    }
  }

  #checkEnd({ run }: Ended): void {
    const { checks, isCancelled, saga } = this.#stage
    if (isCancelled && run.status === 'completed' && !hasPivot(saga)) {
      checks.breach('a cancel was accepted, and the run completed')
    }
    const always = this.#baseline.ends.get(this.#name.variant)
    if (always !== undefined && run.status !== always && mustEndAsAlways(this.#name)) {
      checks.breach(
        `it ended ${run.status}, where it ends ${always} without a fault of its statements`,
      )
    }
  }

  #checkAttempts({ run, steps }: Ended): void {
    if (this.#parked !== null) return
    const { checks } = this.#stage
    for (const { idx, name, attempts } of steps) {
      const called = checks.calls.get(`${run.id} ${idx}`) ?? 0
      if (called > attempts) {
        checks.breach(`step ${idx} (${name}) was called ${called} times in ${attempts} attempts`)
      }
    }
  }

  /** By names that are the same in every case. */
  async #standing(runs: readonly StoredRun[]): Promise<readonly string[]> {
    const standing = await this.#options.standing(this.#stage.world)
    return standing.map((name) =>
      runs.reduce(
        (text, { run }) =>
          text.replaceAll(run.id, `<${run.kind}>`).replaceAll(run.tag, `<${run.kind}>`),
        name.replaceAll(this.#stage.id, '<case>'),
      ),
    )
  }
}

/** The one list without what is in the other, each thing once. */
export function minus(there: readonly string[], before: readonly string[]): readonly string[] {
  const left = [...before]
  return there.filter((thing) => {
    const index = left.indexOf(thing)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}

function missing(there: readonly string[], due: readonly string[]): string | undefined {
  const gone = minus(due, there)
  return gone.length === 0 ? undefined : `missing: ${gone.join(', ')}`
}

/** As it is printed, and run alone. */
export function caseName(result: Pick<CaseResult, 'name'>): string {
  return nameOf(result.name)
}
