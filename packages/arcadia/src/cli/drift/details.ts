import { shortId } from '../api/ids.ts'
import type { Explanation } from '../api/shapes.ts'
import { type Detail, details } from '../render/details.ts'
import { type Column, type TableOptions, table } from '../render/table.ts'
import { count, printable } from '../render/text.ts'
import { exact } from '../render/time.ts'
import { actorName, driftStatus, jsonText, severity } from '../render/words.ts'
import { nameOf, whatOf } from './table.ts'

type Options = TableOptions & Readonly<{ now: number }>

/** Why it is different, and what can be done about it, or why not. */
export function driftDetails(explanation: Explanation, options: Options): string[] {
  const { paint } = options
  const { drift } = explanation
  const { text, style } = driftStatus(drift.status)
  const title = `${drift.resource.kind} ${printable(nameOf(drift.resource))}: ${whatOf(drift)}`
  return [
    `${paint('bold', title)}  ${paint('dim', shortId(drift.id))}  ${paint(style, text)}`,
    '',
    ...comparison(explanation, options),
    '',
    paint('bold', 'Why it is different'),
    ...details(reasons(explanation, options.now), { ...options, indent: '  ' }),
    '',
    paint('bold', 'What you can do'),
    ...details(acts(explanation), { ...options, indent: '  ' }),
  ]
}

type Side = Readonly<{ name: string; raw: unknown; canonical: unknown }>

/** Both sides, as they are and in the form in which they are compared. */
function comparison({ drift, judged, live }: Explanation, options: Options): string[] {
  if (drift.type !== 'field') return []
  const sides: Side[] = [
    { name: 'asked for', raw: judged.expected, canonical: judged.expected_canonical },
    { name: 'live', raw: judged.actual, canonical: judged.actual_canonical },
  ]
  const changed = JSON.stringify(live.canonical) !== JSON.stringify(judged.actual_canonical)
  if (changed) sides.push({ name: 'live by now', raw: live.raw, canonical: live.canonical })
  const columns: Column<Side>[] = [
    { title: '', cell: ({ name }) => ({ text: name, style: 'dim' }) },
    { title: 'AS IT IS', cell: ({ raw }) => jsonText(raw), least: 12 },
    { title: 'AS IT IS COMPARED', cell: ({ canonical }) => jsonText(canonical), least: 17 },
  ]
  // Long values are wrapped below, not cut: they are what this command is asked for.
  const natural = table(columns, sides, { ...options, width: undefined, indent: '  ' })
  const fits = natural.every((line) => line.length <= (options.width ?? Number.POSITIVE_INFINITY))
  if (fits) return table(columns, sides, { ...options, indent: '  ' })
  const list = sides.flatMap(({ name, raw, canonical }): Detail[] => [
    [name, jsonText(raw)],
    [`${name}, as compared`, jsonText(canonical)],
  ])
  return details(list, { ...options, indent: '  ' })
}

function reasons(explanation: Explanation, now: number): Detail[] {
  const { drift, rule, judged, live, owner } = explanation
  const level = severity(drift.severity)
  const resolved = drift.resolved_by === null ? '' : ` by ${actorName(drift.resolved_by)}`
  return [
    ['rule', rule.rule],
    ['severity', drift.severity, typeof level === 'string' ? undefined : level.style],
    ['asked for', askedFor(explanation, now)],
    ['owner', owner ?? ''],
    ['terraform', rule.terraform ?? ''],
    ['read', exact(judged.observed_at, now)],
    ['read last', live.observed_at === judged.observed_at ? '' : exact(live.observed_at, now)],
    ['deleted', exact(live.deleted_at, now)],
    ['first seen', exact(drift.first_seen_at, now)],
    ['last seen', exact(drift.last_seen_at, now)],
    ['came back', drift.flaps === 0 ? '' : count(drift.flaps, 'time')],
    ['resolved', drift.resolved_at ? `${exact(drift.resolved_at, now)}${resolved}` : ''],
    ['resource', `${drift.resource_id} (${drift.resource.external_id} in the cloud)`],
    ['drift', drift.id],
  ]
}

function askedFor({ asked_for: asked, judged }: Explanation, now: number): string {
  if (asked === null) return 'nothing is asked for by now'
  const by =
    asked.saga_id === null
      ? actorName(asked.actor) || asked.source
      : `saga ${shortId(asked.saga_id)}`
  const current = `version ${asked.spec_version}, ${exact(asked.written_at, now)}, by ${by} (${asked.source})`
  return asked.spec_version === judged.spec_version
    ? current
    : `${current}; judged on version ${judged.spec_version}`
}

function acts({ drift, acts: all }: Explanation): Detail[] {
  return all.flatMap(({ act, label, allowed, reason, needs, also_change: besides }): Detail[] => {
    const confirm = needs.includes('confirm_name')
      ? ` --confirm-name ${JSON.stringify(nameOf(drift.resource))}`
      : ''
    const text = allowed
      ? `arcadia drift ${act} ${shortId(drift.id)}${confirm}`
      : `not now: ${reason ?? 'its state does not allow it'}`
    return [
      [label, text, allowed ? 'green' : 'yellow'],
      ['', allowed && besides !== null ? besides : ''],
    ]
  })
}
