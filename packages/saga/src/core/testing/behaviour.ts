import type { Outcome } from '../settle.ts'

/** What becomes of the effect of a `do`: at once, never, or after a while. */
export type Landing =
  | 'now'
  | 'never'
  /** Before its absence may be believed. */
  | 'lagging'
  /** When its absence may have been believed; reported, or found out by nobody. */
  | 'late'
  | 'silent'
  /** Sent, or not, by a worker that has long lost the run, and says that it does not know. */
  | 'doubtful'
  | 'doubtful in vain'

interface Doing {
  readonly lands: Landing
  readonly answer:
    | 'returned'
    | 'unusable'
    | 'not_called'
    | 'refused'
    | 'for_now'
    | 'unclear'
    | 'lost'
}

/** What the world may do at a call. What is said of an effect holds for a `do`. */
const doings = {
  ok: { lands: 'now', answer: 'returned' },
  'fails for now': { lands: 'never', answer: 'for_now' },
  fails: { lands: 'never', answer: 'refused' },
  'unclear, done': { lands: 'now', answer: 'unclear' },
  'unclear, not done': { lands: 'never', answer: 'unclear' },
  'unclear, lagging': { lands: 'lagging', answer: 'unclear' },
  'unclear, late': { lands: 'late', answer: 'unclear' },
  'unclear, late and silent': { lands: 'silent', answer: 'unclear' },
  'crash, done': { lands: 'now', answer: 'lost' },
  'crash, not done': { lands: 'never', answer: 'lost' },
  'crash, lagging': { lands: 'lagging', answer: 'lost' },
  'crash, late': { lands: 'late', answer: 'lost' },
  'crash, late and silent': { lands: 'silent', answer: 'lost' },
  'crash, doubtful': { lands: 'doubtful', answer: 'lost' },
  'crash, doubtful in vain': { lands: 'doubtful in vain', answer: 'lost' },
  unusable: { lands: 'now', answer: 'unusable' },
  'not called': { lands: 'never', answer: 'not_called' },
  /** For a minute, looks and undos are answered with "not yet". */
  slow: { lands: 'now', answer: 'returned' },
  /** For a minute, nothing is answered at all. */
  silent: { lands: 'now', answer: 'unclear' },
  'cancelled meanwhile': { lands: 'now', answer: 'returned' },
} as const satisfies Record<string, Doing>

export type Behaviour = keyof typeof doings
export const behaviours = Object.keys(doings) as readonly Behaviour[]

export function doingOf(behaviour: Behaviour): Doing {
  return doings[behaviour]
}

export function threw(effect: 'none' | 'unknown', retryable: boolean): Outcome {
  return { type: 'threw', error: { code: 'x', message: 'x' }, verdict: { effect, retryable } }
}
