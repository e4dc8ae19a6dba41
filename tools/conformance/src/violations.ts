import { z } from 'zod'

const said = z.array(
  z.looseObject({
    location: z.array(z.union([z.string(), z.number()])),
    severity: z.string(),
    message: z.string(),
  }),
)

/** One thing that is not as described: of the request, or of the answer. */
export interface Violation {
  /** Such as `response.body.droplets.0.name`. */
  readonly where: string
  readonly what: string
}

/**
 * Reads the header in which the proxy tells them. Only errors count: its warnings are about the
 * description itself, such as fields that it calls deprecated.
 */
export function violationsOf(header: string | null): readonly Violation[] {
  if (header === null) return []
  return said
    .parse(JSON.parse(header))
    .filter(({ severity }) => severity === 'Error')
    .map(({ location, message }) => ({ where: location.join('.'), what: message }))
}
