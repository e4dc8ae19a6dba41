import type { SagaEvent } from '../api/saga-events.ts'
import type { Saga } from '../api/shapes.ts'
import { type Column, type TableOptions, table } from '../render/table.ts'
import { moment } from '../render/time.ts'
import { doerOf, eventText, stepOf, whyOf } from './events.ts'

/** What happened to a saga, a line each; of the whole of it, or of a part. */
export function historyTable(
  saga: Saga,
  events: readonly SagaEvent[],
  options: TableOptions,
): string[] {
  const columns: Column<SagaEvent>[] = [
    { title: 'WHEN', cell: ({ at }) => moment(at) },
    { title: 'WHAT', cell: (event) => eventText(event, saga), least: 16 },
    { title: 'STEP', cell: (event) => stepOf(event, saga), least: 12 },
    { title: 'BY', cell: doerOf, least: 8 },
    { title: 'WHY', cell: whyOf, least: 16 },
  ]
  return events.length === 0 ? [] : table(columns, events, options)
}
