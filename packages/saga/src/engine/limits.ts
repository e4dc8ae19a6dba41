import { DefinitionError } from '../core/errors.ts'
import type { Registry } from './registry.ts'

/**
 * How many runs workers may hold at once, all of them together. A run that waits is held by nobody
 * and takes no place; one whose worker was lost keeps its place until it is taken over.
 */
export interface Limits {
  readonly total?: number
  readonly kinds?: { readonly [kind: string]: number }
}

/** @throws {@link DefinitionError} where a limit is no whole number from 1, or of a kind that is not there */
export function checkLimits(limits: Limits | undefined, registry: Registry): Limits | undefined {
  if (limits === undefined) return undefined
  const { total, kinds = {} } = limits
  if (total !== undefined) checkLimit('total', total)
  const known = [...new Set(registry.kinds.map(({ kind }) => kind))].sort()
  for (const [kind, most] of Object.entries(kinds)) {
    checkLimit(`kinds.${kind}`, most)
    if (!known.includes(kind)) {
      throw new DefinitionError(
        `limits.kinds.${kind}: there is no such kind, so it would limit nothing; known kinds: ${known.join(', ')}`,
      )
    }
  }
  return total === undefined && Object.keys(kinds).length === 0 ? undefined : { ...limits }
}

function checkLimit(path: string, most: number): void {
  if (Number.isSafeInteger(most) && most >= 1 && most <= mostRuns) return
  throw new DefinitionError(
    `limits.${path}: ${most} is not a whole number from 1 to ${mostRuns}; leave it out for no limit`,
  )
}

/** What fits the store's numbers with room to spare. */
const mostRuns = 1_000_000_000
