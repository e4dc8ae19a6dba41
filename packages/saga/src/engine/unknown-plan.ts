import type { Execution } from './execution.ts'
import type { Signal } from './store.ts'

/** Without its definitions a run can only be given up before its first step, or parked. */
export async function giveUpUnknown(
  execution: Execution,
  signals: readonly Signal[],
  missing: string,
): Promise<void> {
  execution.read(signals, [], new Set())
  const { run, steps } = execution.state
  if (run.cancelRequestedAt !== null && steps.length === 0) {
    execution.apply([
      { type: 'compensation_started', reason: 'cancelled', from: -1 },
      { type: 'run_rolled_back' },
    ])
  } else if (run.status === 'running' || run.status === 'compensating') {
    const step = run.currentStep
    execution.apply([{ type: 'run_parked', reason: `unknown_step:${missing}`, step }])
  }
  await execution.flush(true)
}
