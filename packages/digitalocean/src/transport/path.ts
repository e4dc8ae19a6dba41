import { InvalidRequest } from '../errors.ts'

/** Query parameters by the API's own names; `undefined` is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * `/v2/` and the segments, encoded. A segment that would name another resource than the one meant
 * is refused: an empty one would turn "delete this" into a call on the whole collection.
 *
 * @throws InvalidRequest
 */
export function pathOf(...segments: readonly (string | number)[]): string {
  return `/v2/${segments.map(encodeSegment).join('/')}`
}

/** The path with its query, if any of it is there. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`
}

function encodeSegment(segment: string | number): string {
  if (typeof segment === 'number') {
    if (Number.isSafeInteger(segment) && segment > 0) return String(segment)
    throw new InvalidRequest(`${segment} is no id. Ids are positive whole numbers.`)
  }
  const dots = segment === '.' || segment === '..'
  if (segment.trim() === '' || dots || !segment.isWellFormed()) {
    throw new InvalidRequest(
      `${JSON.stringify(segment)} cannot be part of a path. Give the id, name or slug of one resource.`,
    )
  }
  return encodeURIComponent(segment)
}
