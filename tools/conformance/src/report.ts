import type { Findings } from './conformance.ts'

/** Whether everything is as described, and all that is served was walked. */
export function conforms({ coverage, failures, unused }: Findings, whole: boolean): boolean {
  if (failures.length > 0) return false
  if (!whole) return true
  const { missing, emptyOnly, notSilent } = coverage
  return [missing, emptyOnly, notSilent, unused].every((list) => list.length === 0)
}

/**
 * @param whole whether all scenarios ran; if not, what was not walked is no failure
 * @returns lines for a reader; the last one is the sum
 */
export function report(findings: Findings, whole: boolean): readonly string[] {
  const { coverage, calls, failures, unused } = findings
  const { served, missing, emptyOnly, silent, notSilent } = coverage
  const walked = served.length - missing.length - emptyOnly.length - silent.length
  return [
    ...unique(failures).map(([failure, times]) => `VIOLATION ${failure}${repeated(times)}`),
    ...(whole
      ? [
          ...missing.map((route) => `NOT WALKED ${route}`),
          ...emptyOnly.map((route) => `ONLY EMPTY ANSWERS ${route}`),
          ...notSilent.map((route) => `SILENT WITHOUT NEED ${route}`),
          ...unused.map(({ where, what }) => `ALLOWED WITHOUT NEED ${where} ${what}`),
        ]
      : []),
    `${walked} of ${served.length} routes served were walked, by ${calls.length} calls; ` +
      `${silent.length} have nothing to say; ${failures.length} violations`,
  ]
}

/** The same violation on every page is told once. */
function unique(lines: readonly string[]): readonly (readonly [string, number])[] {
  const times = new Map<string, number>()
  for (const line of lines) times.set(line, (times.get(line) ?? 0) + 1)
  return [...times]
}

function repeated(times: number): string {
  return times > 1 ? ` (${times} times)` : ''
}
