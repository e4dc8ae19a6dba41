import type { ProgramIo } from '../program.ts'

/** What a program said, in a test. */
export interface Heard extends ProgramIo {
  readonly told: () => string
  readonly logged: () => string
}

export function heard(signal?: AbortSignal): Heard {
  const told: string[] = []
  const logged: string[] = []
  return {
    stdout: { write: (text) => told.push(text) },
    stderr: { write: (text) => logged.push(text) },
    told: () => told.join(''),
    logged: () => logged.join(''),
    ...(signal === undefined ? {} : { signal }),
  }
}
