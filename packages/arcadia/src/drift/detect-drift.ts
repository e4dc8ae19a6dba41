import { saga, step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { resolveAccount } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import { type SweepDeps, sweep } from './sweep.ts'

/**
 * The saga that looks for drift in one account. It changes no cloud, and repeating it does no harm;
 * as a saga it is retried, has a history, and runs once at a time.
 */
export function detectDriftSaga(deps: SweepDeps) {
  const account = accountOf(deps.db)
  return saga('detect_drift', z.strictObject({ account_id: account }), {
    locks: ({ account_id }) => [`drift/${account_id}`],
  }).step(sweepDriftStep(deps))
}

function sweepDriftStep(deps: SweepDeps) {
  return step('sweep_drift', {
    effect: 'read',
    input: z.object({ account_id: accountOf(deps.db) }),
    do: async ({ input, run, signal }) => {
      const summary = await sweep(deps, { accountId: input.account_id, sagaId: run.id, signal })
      return { drift: { ...summary } }
    },
    retry: { attempts: 3, initial: '2s', max: '30s' },
    timeout: '1h',
  })
}

/** The account named, or the only one there is. */
function accountOf(db: Db) {
  return z
    .uuid()
    .optional()
    .transform(async (given, context) => {
      try {
        return (await resolveAccount(db, given)).id
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        context.addIssue({ code: 'custom', message })
        return z.NEVER
      }
    })
}
