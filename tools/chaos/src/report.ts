import type { Outcome } from './chaos.ts'
import { checks, type Evidence } from './checks/index.ts'
import { Tally } from './tally.ts'

const width = 72

/** What was done and found, in a table of 80 columns at most. */
export function report({ faults, evidence, breaches, kept, drainMs }: Outcome): string {
  const found = Map.groupBy(breaches, ({ check }) => check)
  const lines = [
    ...section('sagas', sagaRows(evidence)),
    ...section('what was done to them', faults.entries()),
    ...section('what the engine did about it', engineRows(evidence, drainMs)),
    ...section('the last to come to rest, and what they waited for longest', lastRows(evidence)),
    ...section('rolled back or failed, and why', reasonRows(evidence)),
    ...section('parked, and why', parkedRows(evidence)),
    '',
    'checked',
    ...checks.map(({ about }) => `  ${about}`),
    '',
    breaches.length === 0
      ? 'no breach'
      : `${breaches.length} BREACHES: ${[...found].map(([check, { length }]) => `${check} (${length})`).join(', ')}`,
    ...(kept === undefined ? [] : [`data, logs and diaries are kept in ${kept}`]),
  ]
  return lines.join('\n')
}

function section(title: string, rows: readonly (readonly [string, string | number])[]): string[] {
  const shown = rows.length === 0 ? [['none', ''] as const] : rows
  return ['', title, ...shown.map(([what, count]) => `  ${row(what, String(count))}`)]
}

function row(what: string, count: string): string {
  const room = width - count.length
  const words = what.length > room ? `${what.slice(0, room - 1)}…` : what
  return `${words.padEnd(room, ' ')} ${count}`
}

/** By kind: how many were done or went back; and those that wait behind one that is parked. */
function sagaRows({ runs }: Evidence): (readonly [string, string])[] {
  const columns = [
    ['completed', 'done'],
    ['rolled_back', 'back'],
    ['parked', 'parked'],
    ['waiting', 'behind'],
    ['failed', 'failed'],
  ] as const
  const cells = (of: Evidence['runs']) => {
    const tally = new Tally()
    for (const { status } of of) {
      tally.add(status)
    }
    return columns.map(([status]) => String(tally.of(status)).padStart(8)).join('')
  }
  const kinds = Map.groupBy(runs, ({ kind, parentId }) =>
    parentId === null ? kind : `${kind} (child)`,
  )
  return [
    ['', columns.map(([, short]) => short.padStart(8)).join('')],
    ...[...kinds]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([kind, of]) => [kind, cells(of)] as const),
    ['all', cells(runs)],
  ]
}

function engineRows(
  { runs, events, steps }: Evidence,
  drainMs: number,
): (readonly [string, string | number])[] {
  const strays = events.filter(({ type }) => type === 'stray_reported')
  const count = (type: string) => events.filter((event) => event.type === type).length
  const goneBack = runs.filter(({ error }) => error?.reason.startsWith('stray_effect:') === true)
  return [
    ['runs taken over from lost workers', events.filter(({ takenOver }) => takenOver).length],
    ['steps whose outcome was unknown', count('step_unknown')],
    ['steps tried again', count('step_retrying')],
    ['steps taken back', count('step_compensated')],
    ['stray effects reported', strays.length],
    ['  known already', strays.filter(({ known }) => known === true).length],
    ['  adopted', adopted({ events })],
    ['  taken back alone', count('stray_unsettled')],
    ['  runs that went back, for there may be two', goneBack.length],
    ['calls of lost workers that ended without an answer', count('stray_doubted')],
    ['  looked for again', count('doubt_unsettled')],
    ['events', events.length],
    ['steps', steps.length],
    ['seconds until all was at rest', (drainMs / 1_000).toFixed(1)],
  ]
}

/** Where a minute has gone: in the history of each, between which two events. */
function lastRows({ runs, events }: Evidence): (readonly [string, string])[] {
  const kindOf = new Map(runs.map(({ id, kind }) => [id, kind]))
  const histories = [...Map.groupBy(events, ({ runId }) => runId)]
  const last = histories
    .toSorted(([, a], [, b]) => Number(b.at(-1)?.at ?? 0) - Number(a.at(-1)?.at ?? 0))
    .slice(0, 5)
  return last.map(([id, history]) => {
    const waits = history.slice(1).map((event, n) => {
      const before = history[n] ?? event
      const ms = event.at.getTime() - before.at.getTime()
      return { ms, what: `${before.type} ${before.idx ?? ''} → ${event.type}` }
    })
    const longest = waits.toSorted((a, b) => b.ms - a.ms)[0]
    const seconds = `${((longest?.ms ?? 0) / 1_000).toFixed(1)} s`
    return [`${id.slice(-8)} ${kindOf.get(id)}: ${longest?.what ?? ''}`, seconds]
  })
}

/** A stray effect after which the step went on from it. */
function adopted({ events }: Pick<Evidence, 'events'>): number {
  return events.filter(({ type, known, runId, idx }, n) => {
    const next = events[n + 1]
    const same = next?.runId === runId && next.idx === idx
    return type === 'stray_reported' && known === false && same && next.type === 'step_issued'
  }).length
}

function reasonRows({ runs }: Evidence): readonly (readonly [string, number])[] {
  const tally = new Tally()
  for (const { error, status, kind } of runs) {
    if (status !== 'rolled_back' && status !== 'failed') continue
    tally.add(`${kind}: ${error?.reason ?? 'for no reason'}`)
  }
  return tally.entries().toSorted(([a], [b]) => a.localeCompare(b))
}

function parkedRows({ runs }: Evidence): readonly (readonly [string, number])[] {
  const tally = new Tally()
  for (const { parked, status } of runs) {
    if (status === 'parked') tally.add(parked?.reason.slice(0, 60) ?? 'for no reason')
  }
  return [...tally.entries()]
}
