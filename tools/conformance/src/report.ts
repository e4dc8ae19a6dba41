import type { Findings } from './conformance.ts'

/** Whether everything is as described, and all that is served was walked. */
export function conforms({ coverage, failures, unused }: Findings, whole: boolean): boolean {
  if (failures.length > 0) return false
  if (!whole) return true
  return coverage.missing.length + coverage.emptyOnly.length + unused.length === 0
}

/**
 * @param whole whether all scenarios ran; if not, what was not walked is no failure
 * @returns lines for a reader; the last one is the sum
 */
export function report(findings: Findings, whole: boolean): readonly string[] {
  const { coverage, calls, failures, unused } = findings
  const walked = coverage.served.length - coverage.missing.length - coverage.emptyOnly.length
  return [
    ...unique(failures).map(([failure, times]) => `VIOLATION ${failure}${repeated(times)}`),
    ...(whole
      ? [
          ...coverage.missing.map((route) => `NOT WALKED ${route}`),
          ...coverage.emptyOnly.map((route) => `ONLY EMPTY ANSWERS ${route}`),
          ...unused.map(({ where, what }) => `ALLOWED WITHOUT NEED ${where} ${what}`),
        ]
      : []),
    `${walked} of ${coverage.served.length} routes served were walked, by ${calls.length} calls; ` +
      `${failures.length} violations`,
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
