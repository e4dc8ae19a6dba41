import { z } from 'zod'

const when = z.enum(['before', 'after']).default('before')

/** Which requests a fault is for. */
const match = z.strictObject({
  method: z
    .string()
    .transform((method) => method.toUpperCase())
    .optional(),
  /** `*` for one segment, `**` for any number. */
  path: z.string().startsWith('/').default('/**'),
  /** Parameters that the request must have, such as `page: "2"`. */
  query: z.record(z.string(), z.string()).optional(),
  /** What the JSON body must have, such as `type: "snapshot"`. */
  body: z.record(z.string(), z.unknown()).optional(),
})

const common = {
  match: match.default({ path: '/**' }),
  /** The first matching request that it hits, counted from 1. */
  nth: z.int().min(1).default(1),
  /** How many it hits from there on. */
  times: z.union([z.int().min(1), z.literal('always')]).default(1),
  /** How likely each of those is hit. */
  chance: z.number().gt(0).max(1).default(1),
}

/** A fault as it is asked for. */
export const faultOrder = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('error'),
    status: z.int().min(400).max(599),
    /** Text is sent as HTML, an object as JSON; the status' own words when left out. */
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    headers: z.record(z.string(), z.string()).default({}),
    /** `after`: the change is made, and the error answered all the same. */
    when,
  }),
  z.strictObject({ ...common, kind: z.literal('lost') }),
  z.strictObject({ ...common, kind: z.literal('cut') }),
  z.strictObject({ ...common, kind: z.literal('refused') }),
  z.strictObject({ ...common, kind: z.literal('latency'), ms: z.number().min(0).max(3_600_000) }),
  z.strictObject({ ...common, kind: z.literal('hold'), when }),
  z.strictObject({ ...common, kind: z.literal('stuck') }),
  z.strictObject({ ...common, kind: z.literal('errored') }),
  z.strictObject({ ...common, kind: z.literal('lag'), ms: z.number().min(0) }),
])
export type FaultOrder = z.infer<typeof faultOrder>
/** The same before its defaults are filled in. */
export type FaultInput = z.input<typeof faultOrder>

/** What a fault is matched against. */
export interface FaultSubject {
  readonly method: string
  readonly url: URL
  readonly body: unknown
}
