/**
 * Whether a path is meant by a pattern: `*` stands for one segment, `**` for any number of them.
 * A slash at the end makes no difference.
 */
export function matchesPath(pattern: string, path: string): boolean {
  return matches(segments(pattern), segments(path))
}

function segments(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '')
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return path.length === 0
  if (first === '**')
    return path.some((_, index) => matches(rest, path.slice(index))) || matches(rest, [])
  const [head, ...tail] = path
  return head !== undefined && (first === '*' || first === head) && matches(rest, tail)
}

/** Whether `value` has all that `wanted` has: objects by their fields, anything else by equality. */
export function includes(value: unknown, wanted: unknown): boolean {
  if (!isObject(wanted)) return JSON.stringify(value) === JSON.stringify(wanted)
  if (!isObject(value)) return false
  const fields = new Map(Object.entries(value))
  return Object.entries(wanted).every(([name, part]) => includes(fields.get(name), part))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
