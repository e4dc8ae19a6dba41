import { shortId } from '../api/ids.ts'
import type { SagaEvent } from '../api/saga-events.ts'
import type { Saga, Step } from '../api/shapes.ts'
import { type Detail, details } from '../render/details.ts'
import { type Column, table } from '../render/table.ts'
import { between, duration, exact, relative } from '../render/time.ts'
import { actorName, jsonText } from '../render/words.ts'
import { awaitedText } from './awaited.ts'
import { choices } from './choices.ts'
import type { FrameOptions } from './frame.ts'
import { groupMarks } from './groups.ts'
import { historyTable } from './history.ts'
import { reasonOf } from './reason.ts'
import { forwardTime, undoTime } from './spans.ts'
import { attemptsOf, standing, stepStanding, troubleOf } from './standing.ts'
import { sagaTable } from './table.ts'

/** What belongs to a saga and is not in it. */
export interface Surroundings {
  /** The sagas that its steps have started. */
  readonly children: readonly Saga[]
  /** Who holds locks; needed of one that waits for a lock. */
  readonly holders: readonly { readonly key: string; readonly saga_id: string }[]
  /** What people said of it, out of its history. */
  readonly said: readonly SagaEvent[]
}

/** All there is to say of a saga: the run, what can be done about it, its ledger, what came of it. */
export function sagaDetails(
  saga: Saga,
  { children, holders, said }: Surroundings,
  options: FrameOptions,
): string[] {
  const { paint, now } = options
  const { text, style } = standing(saga)
  const { steps = [] } = saga
  const ledger = steps.length === 0 ? ['  no step has begun'] : ledgerTable(saga, options)
  const indented = { ...options, indent: '  ' }
  const head = [paint('bold', saga.kind), paint('dim', shortId(saga.id)), paint(style, text)]
  const facts = [...courseOf(saga, awaitedText(saga, now, holders), now), ...dataOf(saga)]
  return [
    head.join('  '),
    '',
    ...details(facts, indented),
    ...titled('What you can do', details(choices(saga), indented), options),
    ...titled('What was said', historyTable(saga, said, indented), options),
    ...titled('Sagas it started', childTable(children, indented), options),
    ...titled('Ledger', ledger, options),
    ...steps.flatMap((step) => stepBlock(saga, step, options)),
  ]
}

function titled(title: string, lines: readonly string[], { paint }: FrameOptions): string[] {
  return lines.length === 0 ? [] : ['', paint('bold', title), ...lines]
}

function childTable(
  children: readonly Saga[],
  options: FrameOptions & { readonly indent: string },
): string[] {
  return children.length === 0 ? [] : sagaTable(children, options)
}

function courseOf(saga: Saga, awaited: string, now: number): Detail[] {
  const took = between(saga.started_at, saga.ended_at, now)
  const by = saga.started_by === null ? '' : `, by ${actorName(saga.started_by)}`
  return [
    ['id', saga.id],
    ['part of', saga.parent_id ? `saga ${shortId(saga.parent_id)}` : ''],
    ['priority', saga.priority === 'normal' ? '' : saga.priority],
    ['why', reasonOf(saga), saga.status === 'parked' ? 'red' : undefined],
    ['waits for', awaited, 'cyan'],
    ['created', `${exact(saga.created_at, now)}${by}`],
    ['started', exact(saga.started_at, now)],
    // When it looks whether it can: what holds it may hold it still.
    ['looks again', saga.status === 'waiting' ? exact(saga.wake_at, now) : ''],
    ['ended', exact(saga.ended_at, now)],
    ['took', timeText(took)],
  ]
}

function dataOf(saga: Saga): Detail[] {
  return [
    ['locks', saga.locks.join(', ')],
    ['input', jsonOf(saga.input)],
    ['context', jsonOf(saga.context)],
  ]
}

function ledgerTable(saga: Saga, options: FrameOptions): string[] {
  const { plan, steps = [] } = saga
  const { now } = options
  const marks = groupMarks(plan)
  const columns: Column<Step>[] = [
    { title: '#', cell: ({ idx }) => String(idx), align: 'right' },
    { title: ' ', cell: ({ idx }) => marks[idx] ?? '' },
    { title: 'STEP', cell: ({ name }) => name, least: 12 },
    {
      title: 'STATUS',
      cell: (step) => {
        const { text, mark, ...style } = stepStanding(saga, step)
        return { text: `${mark} ${text}`, ...style }
      },
    },
    { title: 'STARTED', cell: (step) => relative(step.started_at, now) },
    { title: 'TOOK', cell: (step) => timeText(forwardTime(saga, step, now)), align: 'right' },
    { title: 'ATTEMPTS', cell: attemptsOf, least: 8 },
  ]
  return table(columns, steps, { ...options, indent: '  ' })
}

function timeText(took: number | undefined): string {
  return took === undefined ? '' : duration(took)
}

/** What went in, what came back, and what went wrong; nothing for a step without any of it. */
function stepBlock(saga: Saga, step: Step, options: FrameOptions): string[] {
  const { now } = options
  const lines = details(
    [
      ['input', jsonOf(step.input)],
      ['key', step.key],
      ['receipt', jsonOf(step.receipt)],
      ['output', jsonOf(step.output)],
      ['trouble', troubleOf(step), 'red'],
      ['started', exact(step.started_at, now)],
      ['took', timeText(forwardTime(saga, step, now))],
      ['undo', exact(step.undo_started_at, now)],
      ['undo took', timeText(undoTime(saga, step, now))],
    ],
    { ...options, indent: '     ' },
  )
  return ['', `  ${options.paint('bold', `${step.idx}  ${step.name}`)}`, ...lines]
}

function jsonOf(json: unknown): string {
  if (json === null || json === undefined) return ''
  if (typeof json === 'object' && Object.keys(json).length === 0) return ''
  return jsonText(json)
}
