import { shortId } from '../api/ids.ts'
import type { Saga, Step } from '../api/shapes.ts'
import { type Detail, details } from '../render/details.ts'
import { type Column, table } from '../render/table.ts'
import { between, duration, exact, relative } from '../render/time.ts'
import { actorName, jsonText } from '../render/words.ts'
import type { FrameOptions } from './frame.ts'
import { attemptsOf, reasonOf, standing, stepStanding, troubleOf } from './standing.ts'

/** All there is to say of a saga: the run, its ledger, what came out of it. */
export function sagaDetails(saga: Saga, options: FrameOptions): string[] {
  const { paint } = options
  const { text, style } = standing(saga)
  const { steps = [] } = saga
  const ledger = steps.length === 0 ? ['  no step has begun'] : ledgerTable(steps, options)
  return [
    `${paint('bold', saga.kind)}  ${paint('dim', shortId(saga.id))}  ${paint(style, text)}`,
    '',
    ...details(facts(saga, options.now), { ...options, indent: '  ' }),
    '',
    paint('bold', 'Ledger'),
    ...ledger,
    ...steps.flatMap((step) => stepBlock(step, options)),
  ]
}

function facts(saga: Saga, now: number): Detail[] {
  const took = between(saga.started_at, saga.ended_at, now)
  const by = saga.started_by === null ? '' : `, by ${actorName(saga.started_by)}`
  return [
    ['id', saga.id],
    ['why', reasonOf(saga)],
    ['created', `${exact(saga.created_at, now)}${by}`],
    ['started', exact(saga.started_at, now)],
    // When it looks whether it can: what holds it may hold it still.
    ['looks again', saga.status === 'waiting' ? exact(saga.wake_at, now) : ''],
    ['ended', exact(saga.ended_at, now)],
    ['took', took === undefined ? '' : duration(took)],
    ['locks', saga.locks.join(', ')],
    ['input', jsonOf(saga.input)],
    ['context', jsonOf(saga.context)],
  ]
}

function ledgerTable(steps: readonly Step[], options: FrameOptions): string[] {
  const { now } = options
  const columns: Column<Step>[] = [
    { title: '#', cell: ({ idx }) => String(idx), align: 'right' },
    { title: 'STEP', cell: ({ name }) => name, least: 12 },
    {
      title: 'STATUS',
      cell: (step) => {
        const { text, mark, ...style } = stepStanding(step)
        return { text: `${mark} ${text}`, ...style }
      },
    },
    { title: 'STARTED', cell: (step) => relative(step.started_at, now) },
    { title: 'TOOK', cell: (step) => tookText(step, now), align: 'right' },
    { title: 'ATTEMPTS', cell: attemptsOf, least: 8 },
  ]
  return table(columns, steps, { ...options, indent: '  ' })
}

function tookText({ started_at: from, finished_at: to }: Step, now: number): string {
  const took = between(from, to, now)
  return took === undefined ? '' : duration(took)
}

/** What went in, what came back, and what went wrong; nothing for a step without any of it. */
function stepBlock(step: Step, options: FrameOptions): string[] {
  const { now } = options
  const undone = between(step.undo_started_at, step.undo_finished_at, now)
  const lines = details(
    [
      ['input', jsonOf(step.input)],
      ['key', step.key],
      ['receipt', jsonOf(step.receipt)],
      ['output', jsonOf(step.output)],
      ['trouble', troubleOf(step), 'red'],
      ['started', exact(step.started_at, now)],
      ['took', tookText(step, now)],
      ['undo', exact(step.undo_started_at, now)],
      ['undo took', undone === undefined ? '' : duration(undone)],
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
