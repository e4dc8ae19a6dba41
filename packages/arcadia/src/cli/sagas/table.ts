import { type Catalogue, shortId } from '../api/ids.ts'
import { type Saga, sagaBody } from '../api/shapes.ts'
import { type Column, type TableOptions, table } from '../render/table.ts'
import { between, duration, relative } from '../render/time.ts'
import { actorName } from '../render/words.ts'
import { reasonOf } from './reason.ts'
import { standing } from './standing.ts'

/** How sagas are told from each other. */
export const sagas: Catalogue<Saga> = {
  noun: 'saga',
  path: '/sagas',
  shape: sagaBody,
  limit: 1_000,
  names: ({ tag }) => [tag],
  label: ({ kind, status }) => `${kind}, ${status}`,
  listing: 'arcadia saga ls',
}

/** What the argument of a command about one saga may be. */
export const sagaIdWords = 'its id, its tag, or an unambiguous beginning of its id'

export function sagaTable(
  rows: readonly Saga[],
  { now, ...options }: TableOptions & Readonly<{ now: number }>,
): string[] {
  const columns: Column<Saga>[] = [
    { title: 'ID', cell: ({ id }) => shortId(id) },
    { title: 'KIND', cell: ({ kind }) => kind, least: 12 },
    { title: 'STATUS', cell: standing, least: 12 },
    { title: 'STARTED', cell: (saga) => relative(saga.started_at ?? saga.created_at, now) },
    { title: 'TOOK', cell: (saga) => tookOf(saga, now), align: 'right' },
    { title: 'BY', cell: (saga) => actorName(saga.started_by), least: 8, optional: true },
    { title: 'WHY', cell: (saga) => reasonOf(saga) ?? '', least: 16 },
  ]
  return table(columns, rows, options)
}

function tookOf(saga: Saga, now: number): string {
  const took = between(saga.started_at, saga.ended_at, now)
  return took === undefined ? '' : duration(took)
}
