import { boundLog } from './bound-log.ts'
import type { Observer } from './observer.ts'
import type { RunnerDeps } from './runner-deps.ts'
import { ClaimSecrets, type SecretResolver } from './secrets.ts'
import type { ClaimedRun } from './store.ts'

/** What running one claimed run takes: what its worker has, with what is about this claim alone. */
export function claimDeps(
  deps: Omit<RunnerDeps, 'secrets' | 'observed'> & {
    readonly observer: Observer
    readonly resolveSecret: SecretResolver | undefined
  },
  claimed: ClaimedRun,
  worker: string,
): RunnerDeps {
  const { observer, resolveSecret, ...rest } = deps
  const { id: saga, kind, epoch } = claimed.run
  const secrets = new ClaimSecrets(resolveSecret, claimed.run)
  return {
    ...rest,
    secrets,
    observed: observer.claimed(claimed, worker),
    log: boundLog(deps.log, { saga, kind, epoch }, secrets),
  }
}
