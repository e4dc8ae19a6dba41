import { shortId } from '../api/ids.ts'
import type { Drift } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { type Column, type TableOptions, table } from '../render/table.ts'
import { relative } from '../render/time.ts'
import { driftStatus, severity, value } from '../render/words.ts'

/** Differences as a table: what was asked for, and what is live. */
export function driftTable(
  rows: readonly Drift[],
  options: TableOptions & Readonly<{ now: number }>,
): string[] {
  // Of what was closed, the value is the one that was live when it was seen last.
  const live = rows.length > 0 && rows.every(isClosed) ? 'LIVE THEN' : 'LIVE'
  const columns: Column<Drift>[] = [
    { title: 'ID', cell: ({ id }) => shortId(id) },
    { title: 'RESOURCE', cell: ({ resource }) => nameOf(resource), least: 12 },
    { title: 'FIELD', cell: whatOf, least: 9 },
    { title: 'ASKED FOR', cell: ({ expected, type }) => fieldValue(type, expected), least: 10 },
    { title: live, cell: ({ actual, type }) => fieldValue(type, actual), least: 10 },
    { title: 'STATUS', cell: statusUnlessOpen(rows) },
    // What waits is taken in the order of its severity; of what is closed it is history.
    { title: 'SEVERITY', cell: (row) => severity(row.severity), optional: rows.some(isClosed) },
    { title: 'SINCE', cell: (row) => relative(row.first_seen_at, options.now), optional: true },
    { title: 'KIND', cell: ({ resource }) => resource.kind, optional: true },
  ]
  return table(columns, rows, options)
}

const closed = new Set(['accepted', 'reverted', 'stale', 'ignored'])

/** Whether nothing is to be decided about it any more. */
export function isClosed({ status }: Pick<Drift, 'status'>): boolean {
  return closed.has(status)
}

/** Where all are open, as they are by default, a column that says so says nothing. */
function statusUnlessOpen(rows: readonly Drift[]): Column<Drift>['cell'] {
  const allOpen = rows.every(({ status }) => status === 'open')
  return ({ status }) => (allOpen ? '' : driftStatus(status))
}

/** Drift waits for somebody: what a pipeline may stop at. What is only for review does not stop it. */
export function exitCodeOf(rows: readonly Drift[]): ExitCode {
  return rows.some(({ status }) => status === 'open') ? exitCodes.drift : exitCodes.ok
}

export function nameOf({ name, external_id: id }: Drift['resource']): string {
  return name ?? id
}

const wholeWords: Readonly<Record<string, string>> = {
  missing: 'it is missing',
  unmanaged: 'nobody asked for it',
}

/** The field; where all of it differs, how. */
export function whatOf({ field, type }: Pick<Drift, 'field' | 'type'>): string {
  return field ?? wholeWords[type] ?? type
}

/** Of a whole resource, no value says more than the words beside it. */
function fieldValue(type: string, content: unknown): string {
  return type === 'field' ? value(content) : ''
}
