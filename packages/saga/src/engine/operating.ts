import { type Act, acts, awaits, refusal } from '../core/acts.ts'
import type { Plan } from '../core/decision.ts'
import { ActRefused, InvalidInput, RunNotFound } from '../core/errors.ts'
import { type Json, plainJson, toJson } from '../core/json.ts'
import { contextOf } from '../core/plan.ts'
import type { Run } from '../core/run.ts'
import { validate } from '../core/schema.ts'
import type { StepDefinition } from '../core/step.ts'
import { checkText } from '../core/text.ts'
import type { ActOptions, Operating } from './api.ts'
import type { Registry } from './registry.ts'
import type { Store, StoredRun } from './store.ts'

export interface OperatingDeps {
  readonly store: Store
  readonly registry: Registry
}

const mostReason = 2_000

/** The doors by which operators and outside programs speak to a run: each leaves it a signal. */
export function operating(deps: OperatingDeps): Operating {
  const most = deps.registry.payloadLimits.valueBytes
  const plainly =
    (act: Act) =>
    (id: string, options: ActOptions = {}) =>
      ask(deps, id, act, options)
  const withReason =
    (act: Act) => (id: string, options: ActOptions & { readonly reason: string }) =>
      ask(deps, id, act, options, async () => ({ payload: { reason: checked(options.reason) } }))
  return {
    async acts(id) {
      const state = await readRun(deps.store, id)
      const plan = planOf(deps.registry, state.run)
      const said = acts.map((act) => [act, refusal(act, state, plan) ?? null] as const)
      return Object.fromEntries(said) as Record<Act, string | null>
    },
    cancel: plainly('cancel'),
    retry: plainly('retry'),
    park: withReason('park'),
    skip: withReason('skip'),
    abandon: withReason('abandon'),
    rollBack: (id, { reason, ...options } = {}) =>
      ask(deps, id, 'roll_back', options, async () => ({
        payload: { reason: reason === undefined ? '' : checked(reason) },
      })),
    resolve: (id, { reason, output, ...options }) =>
      ask(deps, id, 'resolve', options, async (state, plan) => ({
        payload: { reason: checked(reason), output: await checkOutput(state, plan, output, most) },
      })),
    approve: (id, { step, payload, ...options } = {}) =>
      ask(deps, id, 'approve', options, async (state, plan) => {
        const idx = awaitedApproval(state, plan, step, await answered(deps.store, id))
        return { stepIdx: idx, payload: await checkPayload(plan[idx], payload, most) }
      }),
    reject: (id, { step, reason, ...options }) =>
      ask(deps, id, 'reject', options, async (state, plan) => ({
        stepIdx: awaitedApproval(state, plan, step, await answered(deps.store, id)),
        payload: { reason: checked(reason) },
      })),
    signal: (id, name, { payload, ...options } = {}) =>
      ask(deps, id, 'signal', options, async (state, plan) => {
        const idx = signalled(state, plan, name, await answered(deps.store, id))
        return { stepIdx: idx, payload: await checkPayload(plan[idx], payload, most) }
      }),
  }
}

/** A run and its ledger, with the context that the ledger gives. @throws {@link RunNotFound} */
export async function readRun(store: Store, id: string): Promise<StoredRun> {
  const found = uuidShape.test(id) ? await store.readRun({ id }) : undefined
  if (found === undefined) throw new RunNotFound(id)
  const { run, steps } = found
  // While a run runs its context is not written: it is what its ledger says.
  return { steps, run: { ...run, context: contextOf(run.plan, steps) } }
}

export const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The definitions of a run's plan; none where they are not known here: its worker will decide. */
function planOf(registry: Registry, run: Run): Plan {
  const plan = registry.plan(run)
  return 'missing' in plan ? [] : plan.map(({ step }) => step)
}

interface Said {
  readonly stepIdx?: number
  readonly payload?: Json
}

async function ask(
  { store, registry }: OperatingDeps,
  id: string,
  act: Act,
  { actor }: ActOptions,
  say: (state: StoredRun, plan: Plan) => Promise<Said> = async () => ({}),
): Promise<Run> {
  const state = await readRun(store, id)
  const plan = planOf(registry, state.run)
  refuse(act, state, plan)
  const said = await say(state, plan)
  const asked = await store.insertSignal({ runId: id, type: act, actor: actor ?? null, ...said })
  const after = await readRun(store, id)
  // It ended in between: completing first wins.
  if (!asked) refuse(act, after, plan)
  return after.run
}

const refused: Readonly<Record<Act, string>> = {
  cancel: 'be cancelled',
  approve: 'be approved',
  reject: 'be rejected',
  signal: 'be signalled',
  park: 'be parked',
  retry: 'be retried',
  skip: 'skip a step',
  resolve: 'be resolved',
  abandon: 'be abandoned',
  roll_back: 'be rolled back',
}

function refuse(act: Act, state: StoredRun, plan: Plan): void {
  const why = refusal(act, state, plan)
  if (why !== undefined) throw refusalOf(act, state, why)
}

function refusalOf(act: Act, { run }: StoredRun, why: string): ActRefused {
  return new ActRefused(`saga ${run.id} cannot ${refused[act]}: ${why}`)
}

function checked(reason: string): string {
  checkText(reason, mostReason, 'the act', 'reason')
  return reason
}

/** The approval that is waited for. @throws {@link ActRefused} when there are several and none is named */
function awaitedApproval(
  state: StoredRun,
  plan: Plan,
  name: string | undefined,
  taken: ReadonlySet<number>,
): number {
  const waiting = state.steps.filter(
    (step) => awaits(step, plan) && plan[step.idx]?.signal?.rejectable === true,
  )
  const meant = name === undefined ? waiting : waiting.filter((step) => step.name === name)
  const only = meant.find(({ idx }) => !taken.has(idx)) ?? meant[0]
  const names = [...new Set(waiting.map((step) => step.name))].join(', ')
  if (only === undefined) {
    throw refusalOf('approve', state, `it does not wait for "${name}"; it waits for ${names}`)
  }
  if (name === undefined && names.includes(',')) {
    throw refusalOf('approve', state, `it waits for several approvals (${names}); say which`)
  }
  return only.idx
}

/** The steps that have been answered, by signals that are not read yet. */
async function answered(store: Store, runId: string): Promise<ReadonlySet<number>> {
  const signals = await store.listSignals({ runIds: [runId] })
  const answers = signals.filter(({ type }) => ['approve', 'reject', 'signal'].includes(type))
  return new Set(answers.flatMap(({ stepIdx }) => (stepIdx === null ? [] : [stepIdx])))
}

/** The step that a signal is for: the first of its name that waits, or will, and has none yet. */
function signalled(
  { run, steps }: StoredRun,
  plan: Plan,
  name: string,
  taken: ReadonlySet<number>,
): number {
  const signals = [...plan.entries()].filter(
    ([, { kind, signal }]) => kind === 'signal' && signal?.rejectable === false,
  )
  const open = signals.filter(([idx, step]) => {
    const row = steps[idx]
    return step.name === name && (row === undefined || awaits(row, plan))
  })
  const [free] = open.filter(([idx]) => !taken.has(idx))
  if (free !== undefined) return free[0]
  if (open.length > 0) {
    throw new ActRefused(`saga ${run.id} has got its signal "${name}" already; it is read soon`)
  }
  const names = [...new Set(signals.map(([, step]) => step.name))].join(', ')
  const known = names === '' ? 'it has none' : `it has ${names}`
  throw new ActRefused(`saga ${run.id} waits for no signal "${name}" any more, or at all; ${known}`)
}

async function checkPayload(
  step: StepDefinition | undefined,
  payload: unknown,
  most: number,
): Promise<Json> {
  const what = `the payload of "${step?.name}"`
  const schema = step?.signal?.payload
  if (schema !== undefined) {
    return toJson(plainJson(await validate(schema, payload, what), what), what, most)
  }
  if (payload === undefined || payload === null) return null
  throw new InvalidInput(what, [{ path: '', message: 'it takes none' }])
}

/** What a step is said to have given by hand, checked as if it had. */
async function checkOutput(
  { run }: StoredRun,
  plan: Plan,
  output: unknown,
  most: number,
): Promise<Json> {
  const what = 'the output'
  const schema = run.direction === 'forward' ? plan[run.parked?.step ?? -1]?.output : undefined
  const given = schema === undefined ? output : await validate(schema, output, what)
  const json = toJson(plainJson(given ?? null, what), what, most)
  if (json !== null && (typeof json !== 'object' || Array.isArray(json))) {
    throw new InvalidInput(what, [{ path: '', message: 'give an object, or nothing' }])
  }
  return json
}
