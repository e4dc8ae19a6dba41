import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Chance that a seed decides: the same seed, the same draws in the same order. */
export interface Random {
  /** A whole number, both ends included. */
  int(low: number, high: number): number
  /** One of a list that is not empty. */
  pick<T>(items: readonly T[]): T
  /** True so often of 1. */
  chance(share: number): boolean
}

export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  const int = (low: number, high: number) => uniformInt(generator, low, high)
  return {
    int,
    pick<T>(items: readonly T[]): T {
      const picked = items[int(0, items.length - 1)]
      if (picked === undefined) throw new RangeError('there is nothing to pick from')
      return picked
    },
    chance: (share) => int(0, 999_999) < share * 1_000_000,
  }
}
