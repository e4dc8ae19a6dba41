/** What was opened, to be closed in the opposite order. */
export interface Closers {
  /** Adds what closes something. */
  add(name: string, close: () => Promise<unknown>): void
  /**
   * Closes everything, last opened first, each only after the one before it. One that fails does not
   * keep the others open; the first failure is thrown in the end. Safe to repeat.
   */
  close(): Promise<void>
}

export function createClosers(onFailure: (name: string, error: unknown) => void): Closers {
  const stack: { readonly name: string; readonly close: () => Promise<unknown> }[] = []
  let closing: Promise<void> | undefined
  const closeAll = async () => {
    const failures: unknown[] = []
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      try {
        await next.close()
      } catch (error) {
        onFailure(next.name, error)
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  return {
    add: (name, close) => void stack.push({ name, close }),
    close: () => {
      closing ??= closeAll()
      return closing
    },
  }
}
