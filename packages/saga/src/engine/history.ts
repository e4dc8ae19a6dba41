import type { SagaEvent } from '../core/event.ts'
import type { Json } from '../core/json.ts'

/**
 * An event as it stands in a run's history: inputs, receipts and outputs stand in the ledger, the
 * history says only what happened.
 */
export function historyEntry(event: SagaEvent) {
  const entry: HistoryEntry = {
    type: event.type,
    idx: null,
    actor: null,
    detail: {},
    at: event.now,
  }
  const fields: [string, Json | undefined][] = Object.entries(event)
  for (const [name, value] of fields) {
    if (inLedger.has(name)) continue
    if (name === 'idx' && typeof value === 'number') entry.idx = value
    else if (name === 'actor' && typeof value !== 'object') entry.actor = String(value)
    else if (name !== 'actor') entry.detail[name] = value
  }
  return entry
}

interface HistoryEntry {
  readonly type: SagaEvent['type']
  idx: number | null
  actor: string | null
  readonly detail: { [name: string]: Json | undefined }
  /** Epoch milliseconds. */
  readonly at: number
}

/** What stands in the entry already, or in the ledger. */
const inLedger = new Set(['type', 'now', 'input', 'receipt', 'output'])
