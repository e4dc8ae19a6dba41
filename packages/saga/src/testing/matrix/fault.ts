import { DefinitionError } from '../../core/errors.ts'

/**
 * What can go wrong at a point of a run.
 *
 * - `crash`: the process is gone.
 * - `error`: it did not take place, and its answer is an error that proves nothing.
 * - `lost`: it took place, and its answer is such an error.
 * - `overtaken`: its answer is an error, and it arrives after something else that was sent later.
 * - `late`, `crash_late`: an error, or the death of the process, and the request takes effect later,
 *   within what the step says it `settles` in; nobody is told.
 * - `hang`: it never answers.
 * - `slow`: it goes on when the run has come to rest without it.
 * - `stale`, `resumed`: the process is stopped there, and goes on when another has brought the run to
 *   rest, or as soon as another has taken it over.
 * - `broken`: this function of the step fails until the world is well again.
 * - `cancel`: an operator cancels the run there.
 * - `poison`: from there on the database refuses every statement with a row of the run beside.
 */
export const faults = [
  'crash',
  'error',
  'lost',
  'overtaken',
  'late',
  'crash_late',
  'hang',
  'slow',
  'stale',
  'resumed',
  'broken',
  'cancel',
  'poison',
] as const
/** One of {@link faults}. */
export type Fault = (typeof faults)[number]

/** Before it, in a transaction that is about to be committed, or when it has its answer. */
export type Side = 'before' | 'inside' | 'after'

/** A fault at a point; a point is `<what>#<the how manyth time>:<side>`. */
export interface Strike {
  readonly point: string
  readonly fault: Fault
}

/** A way for a run to go, and what goes wrong on it. */
export interface CaseName {
  readonly variant: string
  readonly strikes: readonly Strike[]
}

/** `<variant>`, or `<variant>/<point>:<fault>`, with more of the latter after a `+`. */
export function nameOf({ variant, strikes }: CaseName): string {
  const struck = strikes.map(({ point, fault }) => `${point}:${fault}`).join('+')
  return struck === '' ? variant : `${variant}/${struck}`
}

/** @throws {@link DefinitionError} when it is not the name of a case */
export function parseName(name: string): CaseName {
  const [variant = '', struck] = name.split('/', 2)
  const strikes = (struck?.split('+') ?? []).map((strike): Strike => {
    const end = strike.lastIndexOf(':')
    const fault = faults.find((known) => known === strike.slice(end + 1))
    if (fault === undefined || end < 1) {
      throw new DefinitionError(
        `"${name}" is not the name of a case: give <variant>/<point>:<fault>, as the matrix prints them`,
      )
    }
    return { point: strike.slice(0, end), fault }
  })
  return { variant, strikes }
}

/** An error that was put in the way of a statement or a call: it proves nothing. */
export class Cut extends Error {
  readonly code = 'cut'
  constructor(point: string, fault: string) {
    super(`${fault} at ${point}`)
    this.name = 'Cut'
  }
}

/** What a value that a database refuses is answered with. */
export class Poisoned extends Error {
  readonly code = '22P05'
  constructor() {
    super('poisoned: the database refuses a value of this run')
    this.name = 'Poisoned'
  }
}

/** Thrown into the code of a process that is gone; nobody is left to hear it. */
export class Gone extends Error {
  constructor() {
    super('this process is gone')
    this.name = 'Gone'
  }
}
