import { shortId } from '../api/ids.ts'
import type { Saga, Step } from '../api/shapes.ts'
import type { Paint } from '../render/paint.ts'
import { clip, pad, printable, widthOf } from '../render/text.ts'
import { between, duration } from '../render/time.ts'
import { awaitedText } from './awaited.ts'
import { groupMarks } from './groups.ts'
import { reasonOf } from './reason.ts'
import { stepTime } from './spans.ts'
import { attemptsOf, hasSettled, hasTurned, standing, stepStanding, troubleOf } from './standing.ts'

export type FrameOptions = Readonly<{
  now: number
  paint: Paint
  width: number | undefined
}>

/** A saga as it stands now, for a part of the screen that is drawn anew. */
export function sagaFrame(saga: Saga, options: FrameOptions): string[] {
  const { now, paint, width } = options
  const { text, style } = standing(saga)
  const took = between(saga.started_at ?? saga.created_at, saga.ended_at, now)
  const head = [
    paint('bold', saga.kind),
    paint('dim', shortId(saga.id)),
    paint(style, text),
    paint('dim', took === undefined ? '' : duration(took)),
  ].join('  ')
  // The faults stand with their steps.
  const reason = reasonOf({ ...saga, steps: [] })
  const lines = [head.trimEnd(), ...stepLines(saga, options)]
  if (reason !== undefined && hasSettled(saga)) {
    lines.push(fitted(`  ${printable(reason)}`, width))
  }
  const awaited = hasSettled(saga) ? '' : awaitedText(saga, now)
  if (awaited !== '') lines.push(paint('cyan', fitted(`  waits for ${printable(awaited)}`, width)))
  return lines
}

function stepLines(saga: Saga, options: FrameOptions): string[] {
  const { plan, steps = [] } = saga
  const labelled = labelsOf(plan)
  const names = Math.max(0, ...plan.map(({ name }, idx) => widthOf(labelled(idx, name))))
  const begun = steps.flatMap((step) => {
    const { text, style, mark } = stepStanding(saga, step)
    const took = stepTime(saga, step, options.now)
    const line = [
      ` ${options.paint(style, mark)}`,
      pad(labelled(step.idx, step.name), names),
      options.paint(style, text),
      options.paint('dim', took === undefined ? '' : duration(took)),
      options.paint('yellow', attemptsOf(step)),
    ]
    return [line.join('  ').trimEnd(), ...troubleLines(step, options)]
  })
  const toCome = stepsToCome(saga).map((idx) => labelled(idx, plan[idx]?.name ?? ''))
  return [...begun, ...toCome.map((label) => options.paint('dim', ` ·  ${label}`))]
}

/** The names of steps; those that run at once are held together by a mark. */
function labelsOf(plan: Saga['plan']): (idx: number, name: string) => string {
  const marks = groupMarks(plan)
  if (marks.every((mark) => mark === '')) return (_, name) => printable(name)
  return (idx, name) => `${marks[idx] || ' '} ${printable(name)}`
}

/** Their places in the plan. On the way back, and at the end, there are none. */
function stepsToCome(saga: Saga): number[] {
  const { plan, steps = [] } = saga
  if (hasSettled(saga) || hasTurned(saga)) return []
  const begun = new Set(steps.map(({ idx }) => idx))
  return [...plan.keys()].filter((idx) => !begun.has(idx))
}

function troubleLines(step: Step, { paint, width }: FrameOptions): string[] {
  const trouble = troubleOf(step)
  return trouble === undefined ? [] : [paint('dim', fitted(`    ${printable(trouble)}`, width))]
}

/** A line cut to the terminal. */
export function fitted(line: string, width: number | undefined): string {
  return width === undefined ? line : clip(line, width)
}
