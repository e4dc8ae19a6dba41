import { type Saga, type Step, StepFailed, saga, step } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { resolveAccount } from '../accounts/index.ts'
import type { SyncRow } from '../database/index.ts'
import { type Kind, kinds } from '../kinds/index.ts'
import { syncKind } from './sync.ts'
import type { SyncDeps } from './sync-scene.ts'

const input = z.strictObject({
  /** The only account, when left out. */
  account_id: z.uuid().optional(),
  /** Every kind, when left out. */
  kinds: z
    .array(z.enum(kinds.map(({ name }) => name)))
    .min(1)
    .optional(),
  /** An operator's word that more than a few resources may be gone at once. */
  allow_mass_deletion: z.boolean().optional(),
})

/** What a sync is started with. */
export type SyncInput = z.infer<typeof input>

/** The same for a step, which is given the outputs of those before it besides. */
const stepInput = z.object(input.shape)

const attempts = 3

/** What a step says of its kind, by the kind's plural, in the run's context. */
const outcome = z.looseObject({
  status: z.enum(['complete', 'withheld', 'failed']),
  error: z.string().nullable(),
})

/**
 * The saga that brings the inventory of an account up to date: a step a kind, each by itself, so
 * that one that fails does not keep the others from being read.
 */
export function syncAccountSaga(
  deps: SyncDeps,
): Saga<'sync_account', SyncInput, SyncInput, SyncInput, Record<never, never>> {
  const begin = saga('sync_account', input, {
    locks: ({ account_id }) => [`sync/${account_id ?? 'default'}`],
  })
  return kinds.reduce((chain, kind) => chain.step(syncStep(deps, kind)), begin).step(concludeSync)
}

function syncStep(deps: SyncDeps, kind: Kind): Step<string, SyncInput, object> {
  return step(`sync_${kind.plural}`, {
    input: stepInput,
    // It writes the inventory alone, and the same again when it is repeated.
    effect: 'read',
    retry: { attempts, initial: deps.retryMs ?? 2_000 },
    // Half of a token's rate is 500,000 resources an hour.
    timeout: '6h',
    do: async ({ input: { account_id, kinds: wanted, allow_mass_deletion }, ...call }) => {
      if (wanted !== undefined && !wanted.includes(kind.name)) return {}
      try {
        const account = await resolveAccount(deps.db, account_id)
        const row = await syncKind(deps, {
          accountId: account.id,
          kind,
          sagaId: call.run.id,
          signal: call.signal,
          allowMassDeletion: allow_mass_deletion === true,
        })
        return { [kind.plural]: summaryOf(row) }
      } catch (error) {
        call.signal.throwIfAborted()
        if (mayHelp(error) && call.attempt < attempts) throw error
        const message = error instanceof Error ? error.message : String(error)
        return { [kind.plural]: { status: 'failed', error: message } }
      }
    },
  })
}

/** Whether the same call may succeed later; an error that does not say is taken to be passing. */
function mayHelp(error: unknown): boolean {
  if (!(error instanceof Error) || !('retryable' in error)) return true
  return error.retryable === true
}

function summaryOf({ id, status, seen, created, changed, deleted, absent, error }: SyncRow) {
  return { sync_id: id, status, seen, created, changed, deleted, absent, error }
}

/** Ends the run as what it was: a sync of which a part failed is no sync. */
const concludeSync = step('conclude_sync', {
  effect: 'read',
  do: ({ context }) => {
    const failures = kinds.flatMap(({ plural }) => {
      const found = outcome.safeParse(context[plural])
      return found.success && found.data.status === 'failed'
        ? [`${plural}: ${found.data.error}`]
        : []
    })
    if (failures.length > 0) throw new StepFailed(failures.join('; '))
    return {}
  },
})
