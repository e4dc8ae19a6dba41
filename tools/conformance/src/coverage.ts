import { z } from 'zod'
import type { Made } from './api.ts'
import type { Silence } from './silences.ts'

export const served = z.object({
  routes: z.array(z.object({ method: z.string(), path: z.string() })),
})
export const logged = z.object({
  requests: z.array(
    z.object({
      request_id: z.string().nullable(),
      route: z.string().nullable(),
      applied: z.boolean(),
    }),
  ),
})
export type Logged = z.infer<typeof logged>['requests'][number]

/** A call, and the operation that the simulator took it for. */
export interface Attributed extends Made {
  /** Such as `GET /v2/droplets/:droplet`; what was asked, where nothing serves it. */
  readonly route: string
  /** Whether it changed anything. */
  readonly applied: boolean
}

/** The simulator's own log says which operation served a call: a scenario cannot claim it. */
export function attribute(made: readonly Made[], log: readonly Logged[]): readonly Attributed[] {
  const byId = new Map(log.map((entry) => [entry.request_id, entry]))
  return made.map((call) => {
    const entry = byId.get(call.requestId)
    return {
      ...call,
      route: entry?.route ?? `${call.method} ${call.path}`,
      applied: entry?.applied ?? false,
    }
  })
}

/** How much of what is served was walked. */
export interface Coverage {
  readonly served: readonly string[]
  /** Served, and never asked with success. */
  readonly missing: readonly string[]
  /** Asked with success, but only ever to say nothing: an empty listing proves nothing of its items. */
  readonly emptyOnly: readonly string[]
  /** The same, of those that are known to have nothing to say. */
  readonly silent: readonly string[]
  /** Known to have nothing to say, and not so, or not served. */
  readonly notSilent: readonly string[]
}

export function coverageOf(
  routes: readonly string[],
  calls: readonly Attributed[],
  silences: readonly Silence[] = [],
): Coverage {
  const successes = calls.filter(({ status }) => status >= 200 && status < 300)
  const answered = new Set(successes.map(({ route }) => route))
  const telling = new Set(successes.filter(tells).map(({ route }) => route))
  const known = silences.map(({ route }) => route)
  const empty = routes.filter((route) => answered.has(route) && !telling.has(route))
  return {
    served: routes,
    missing: routes.filter((route) => !answered.has(route)),
    emptyOnly: empty.filter((route) => !known.includes(route)),
    silent: empty.filter((route) => known.includes(route)),
    notSilent: known.filter((route) => telling.has(route) || !routes.includes(route)),
  }
}

const object = z.record(z.string(), z.unknown())
const around = new Set(['links', 'meta'])

/** An answer tells something when anything in it, but what is around a page, is not empty. */
function tells({ body, applied }: Attributed): boolean {
  if (applied) return true
  const fields = object.safeParse(body).data
  if (fields === undefined) return body !== undefined
  return Object.entries(fields).some(([name, value]) => !around.has(name) && !isEmpty(value))
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true
  if (Array.isArray(value)) return value.length === 0
  const fields = object.safeParse(value).data
  return fields !== undefined && Object.keys(fields).length === 0
}
