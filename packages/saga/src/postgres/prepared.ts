import { createHash } from 'node:crypto'

/** A statement and the name that it is prepared by. */
export interface Named {
  readonly name: string
  readonly text: string
}

/** Two releases of this package may use one connection: its name says which statement it is. */
export function named(name: string, text: string): Named {
  const hash = createHash('sha256').update(text).digest('hex')
  return { name: `${name}_${hash.slice(0, 12)}`, text }
}

/** Sizes of the table of runs from which on a plan is made anew: 16 pages, and 1,024. */
const growths = [128 * 1024, 8 * 1024 * 1024]

/**
 * How large the table of runs has become. A prepared plan is kept as it was made, and on a table of a
 * few pages that is to read the whole of it: so it is made anew, under another name, when the table
 * has grown.
 */
export class Growth {
  #reached = 0

  /** Whether it has to be heard how large the table is. */
  get isGoingOn(): boolean {
    return this.#reached < growths.length
  }

  hear(bytes: string | null): void {
    if (bytes !== null) this.#reached = growths.filter((size) => Number(bytes) >= size).length
  }

  nameOf({ name }: Named): string {
    return `${name}_${this.#reached}`
  }
}
