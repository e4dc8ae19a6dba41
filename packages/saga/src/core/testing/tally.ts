/** Counts what was generated and what came of it, by heading. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>()

  add(heading: string, what: string, n = 1): void {
    const counts = this.#counts.get(heading) ?? new Map<string, number>()
    this.#counts.set(heading, counts)
    counts.set(what, (counts.get(what) ?? 0) + n)
  }

  of(heading: string): ReadonlyMap<string, number> {
    return this.#counts.get(heading) ?? new Map()
  }

  /** A compact table: a heading, then what was counted under it, the most frequent first. */
  table(width = 100): string {
    return [...this.#counts]
      .map(([heading, counts]) => {
        const cells = [...counts].sort((a, b) => b[1] - a[1]).map(([what, n]) => `${what} ${n}`)
        return `${heading}\n${wrapped(cells, width)}`
      })
      .join('\n')
  }
}

function wrapped(cells: readonly string[], width: number): string {
  const lines: string[] = []
  let line = ' '
  for (const cell of cells) {
    if (line.length + cell.length > width) {
      lines.push(line)
      line = ' '
    }
    line += ` ${cell} ·`
  }
  return [...lines, line].map((text) => text.replace(/ ·$/, '')).join('\n')
}
