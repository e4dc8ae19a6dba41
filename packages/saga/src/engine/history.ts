import type { SagaEvent } from '../core/event.ts'

/**
 * An event as it stands in a run's history: inputs, receipts and outputs stand in the ledger, the
 * history says only what happened.
 */
export function historyEntry(event: SagaEvent) {
  const { type, now, ...data } = event
  const { idx, actor, input, receipt, output, ...detail } = {
    idx: null,
    actor: null,
    input: undefined,
    receipt: undefined,
    output: undefined,
    ...data,
  }
  return { type, idx, actor: actor ?? null, detail, at: now }
}
