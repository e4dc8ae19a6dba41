import { shortId } from '../api/ids.ts'
import type { Saga, Step } from '../api/shapes.ts'
import { printable } from '../render/text.ts'
import { between, duration } from '../render/time.ts'
import { awaitedText } from './awaited.ts'
import { reasonOf } from './reason.ts'
import { stepSpan } from './spans.ts'
import { attemptsOf, hasEnded, standing, stepStanding, troubleOf } from './standing.ts'

/** What has happened since the saga was seen before, a line each: for logs and pipes. */
export function sagaChanges(before: Saga | undefined, saga: Saga, now: number): string[] {
  const name = `${saga.kind} ${shortId(saga.id)}`
  const status = standing(saga).text
  const lines: string[] = []
  const moved = before === undefined || standing(before).text !== status
  // The steps are told before the end, and after the beginning, as they happened.
  if (moved && !hasEnded(saga)) {
    const awaited = awaitedText(saga, now)
    lines.push(`${name}  ${status}${awaited === '' ? '' : `: ${awaited}`}`)
  }
  for (const step of saga.steps ?? []) {
    const line = stepLine(saga, step, now)
    const old = before?.steps?.find(({ idx }) => idx === step.idx)
    if (before === undefined || old === undefined || stepLine(before, old, now) !== line) {
      lines.push(line)
    }
  }
  if (moved && hasEnded(saga)) {
    const took = between(saga.started_at ?? saga.created_at, saga.ended_at, now)
    lines.push(`${name}  ${status}${took === undefined ? '' : ` after ${duration(took)}`}`)
  }
  const reason = reasonOf(saga)
  if (moved && reason !== undefined) lines.push(`  ${printable(reason)}`)
  return lines
}

function stepLine(saga: Saga, step: Step, now: number): string {
  const { text, mark } = stepStanding(saga, step)
  const { from, to } = stepSpan(saga, step)
  const took = to ? between(from, to, now) : undefined
  const words = [
    `  ${mark} ${step.name}`,
    text,
    took === undefined ? '' : duration(took),
    attemptsOf(step),
    printable(troubleOf(step) ?? ''),
  ]
  return words.filter((word) => word !== '').join('  ')
}
