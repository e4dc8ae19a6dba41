import type { Act, Engine, Operating, Run, StepRecord } from '@arcadia-cloud/saga'
import { AccountError, type Refusal, WritesRefused } from '../accounts/index.ts'
import { type ChangesDeps, refusalOfChanges } from './changes.ts'

export interface OperatingDeps extends ChangesDeps {
  readonly engine: Engine
}

/** Acts after which a run may change a cloud that would have changed nothing without them. */
const changingActs = ['approve', 'signal', 'retry', 'skip', 'resolve', 'roll_back'] as const
type ChangingAct = (typeof changingActs)[number]

interface Found {
  readonly run: Run
  readonly steps: readonly StepRecord[]
}

/**
 * The acts on sagas, with the rule about changes of clouds. An act that sets a run going on its way
 * forward is refused where what comes next would change a cloud that may not be changed now: it
 * would only fail there, and go back. So is a roll back, which begins changes that nobody had begun.
 * What goes back already is not refused anything: an undo sends nothing, and waits, until it may.
 */
export function createOperating(deps: OperatingDeps): Operating {
  const { engine } = deps
  /** What the run itself refuses is left for the engine to say; that comes first. */
  const unlessRefused = async (id: string, act: ChangingAct, name?: string) => {
    if ((await engine.acts(id))[act] !== null) return
    const refusal = await refusalFor(deps, act, await engine.get(id), name)
    if (refusal !== undefined) throw new WritesRefused(refusal)
  }
  return {
    acts: (id) => actsNow(deps, id),
    cancel: engine.cancel,
    reject: engine.reject,
    park: engine.park,
    abandon: engine.abandon,
    approve: async (id, options) => {
      await unlessRefused(id, 'approve')
      return engine.approve(id, options)
    },
    signal: async (id, name, options) => {
      await unlessRefused(id, 'signal', name)
      return engine.signal(id, name, options)
    },
    retry: async (id, options) => {
      await unlessRefused(id, 'retry')
      return engine.retry(id, options)
    },
    skip: async (id, options) => {
      await unlessRefused(id, 'skip')
      return engine.skip(id, options)
    },
    resolve: async (id, options) => {
      await unlessRefused(id, 'resolve')
      return engine.resolve(id, options)
    },
    rollBack: async (id, options) => {
      await unlessRefused(id, 'roll_back')
      return engine.rollBack(id, options)
    },
  }
}

/** Why each act would be refused now, by the run or because clouds may not be changed. */
async function actsNow(deps: OperatingDeps, id: string): ReturnType<Operating['acts']> {
  const said: { [A in Act]: string | null } = { ...(await deps.engine.acts(id)) }
  const allowed = changingActs.filter((act) => said[act] === null)
  if (allowed.length === 0) return said
  const found = await deps.engine.get(id)
  for (const act of allowed) said[act] = await wordsFor(deps, act, found)
  return said
}

async function wordsFor(
  deps: OperatingDeps,
  act: ChangingAct,
  found: Found,
): Promise<string | null> {
  try {
    return (await refusalFor(deps, act, found))?.message ?? null
  } catch (error) {
    // An account that cannot be told any more: the act would be refused for that.
    if (error instanceof AccountError) return error.message
    throw error
  }
}

/** @param name of the step that a signal is for; none: any that waits */
function refusalFor(
  deps: OperatingDeps,
  act: ChangingAct,
  { run, steps }: Found,
  name?: string,
): Promise<Refusal | undefined> {
  const counts = changesAfter(act, { run, steps }, name)
  return refusalOfChanges(deps, run, { counts, ledger: steps })
}

/** The places of the plan that are carried out, or taken back, because of the act. Pure. */
function changesAfter(
  act: ChangingAct,
  { run, steps }: Found,
  name: string | undefined,
): (idx: number) => boolean {
  const statusOf = (idx: number) => steps.find((step) => step.idx === idx)?.status
  if (act === 'roll_back') return (idx) => statusOf(idx) === 'completed'
  if (run.direction === 'undo') return () => false
  if (act === 'signal' && !waitsForSignal({ run, steps }, name)) return () => false
  const settled = act === 'skip' || act === 'resolve' ? run.parked?.step : undefined
  return (idx) => {
    const status = statusOf(idx)
    return idx !== settled && status !== 'completed' && status !== 'skipped'
  }
}

/** One that is sent ahead is kept, and sets nothing going. */
function waitsForSignal({ run, steps }: Found, name: string | undefined): boolean {
  return steps.some(
    (step) =>
      step.status === 'waiting' &&
      isAwaited(run.plan[step.idx]?.kind) &&
      (name === undefined || name === step.name),
  )
}

function isAwaited(kind: string | undefined): boolean {
  return kind === 'signal' || kind === 'approval'
}
