import type { DriftStatus, DriftType } from '../database/index.ts'

/** What an operator can do about drift. */
export type Act = 'accept'

/** Every act, and what people read for it. */
export const acts: { readonly [A in Act]: string } = { accept: 'Keep live' }

/** Why an act is refused in a state; null where it is allowed. */
type Refusal = string | null

/** States × acts. */
const byStatus: { readonly [S in DriftStatus]: { readonly [A in Act]: Refusal } } = {
  open: { accept: null },
  review: { accept: null },
  reverting: { accept: 'a saga is restoring what was asked for: wait until it has ended' },
  accepted: { accept: 'it was kept already: what is live is what is asked for' },
  reverted: { accept: 'what was asked for was restored: there is nothing to keep' },
  stale: { accept: 'it was fixed elsewhere: there is no difference any more' },
  ignored: { accept: 'a rule says to ignore it: end the rule first' },
}

const byType: { readonly [T in DriftType]: { readonly [A in Act]: Refusal } } = {
  field: { accept: null },
  missing: { accept: null },
  unmanaged: { accept: 'nothing is asked of it: take it over with a baseline' },
}

/** What decides whether an act is allowed now. */
export interface Situation {
  readonly status: DriftStatus
  readonly type: DriftType
  /** The saga that is changing the resource. */
  readonly lockedBy: string | undefined
  /** What has changed since the row was written, in words. */
  readonly moved: string | undefined
}

/** Why an act is refused, and what kind of refusal it is; undefined when it is allowed. Pure. */
export function refusalOf(
  act: Act,
  { status, type, lockedBy, moved }: Situation,
): { readonly because: 'state' | 'locked' | 'moved'; readonly reason: string } | undefined {
  const reason = byStatus[status][act] ?? byType[type][act]
  if (reason !== null) return { because: 'state', reason }
  if (lockedBy !== undefined) {
    return { because: 'locked', reason: `saga ${lockedBy} is changing this resource: wait for it` }
  }
  return moved === undefined ? undefined : { because: 'moved', reason: moved }
}
