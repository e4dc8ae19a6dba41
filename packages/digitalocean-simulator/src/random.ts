/**
 * All chance in the simulator. Every value is a pure function of the seed and of a key that says
 * what it is for, so that nothing depends on the order of calls, and a restart draws the same.
 */
export interface Random {
  /** A number in [0, 1). */
  fraction(...key: readonly Key[]): number
  /** An integer between `low` and `high`, both included. */
  integer(low: number, high: number, ...key: readonly Key[]): number
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly [T, ...T[]], ...key: readonly Key[]): T
  /** A UUID of version 4. */
  uuid(...key: readonly Key[]): string
}

type Key = string | number

/** @param seed any number: equal seeds make equal fleets, ids, addresses and lags */
export function createRandom(seed: number): Random {
  const fraction = (...key: readonly Key[]) => hash(key.join('\u0000'), seed) / 2 ** 53
  return {
    fraction,
    integer: (low, high, ...key) => low + Math.floor(fraction(...key) * (high - low + 1)),
    pick: (items, ...key) => items[Math.floor(fraction(...key) * items.length)] ?? items[0],
    uuid: (...key) => {
      const hex = (part: number) =>
        hash([...key, part].join('\u0000'), seed)
          .toString(16)
          .padStart(14, '0')
          .slice(-12)
      const [a, b, c] = [hex(1), hex(2), hex(3)]
      const variant = (8 + (Number.parseInt(b.slice(3, 4), 16) % 4)).toString(16)
      return `${a.slice(0, 8)}-${a.slice(8)}-4${b.slice(0, 3)}-${variant}${b.slice(4, 7)}-${c}`
    },
  }
}

/** cyrb53: 53 well-mixed bits from a string; not for secrets. */
function hash(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0)
}
