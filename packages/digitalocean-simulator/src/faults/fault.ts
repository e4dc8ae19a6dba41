import { z } from 'zod'

const when = z.enum(['before', 'after']).default('before')

/** What may be wrong with an answer that claims to be right. */
const corruption = z.enum(['truncated', 'html', 'empty', 'endless', 'gaps', 'repeats'])
export type Corruption = z.infer<typeof corruption>

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

const effects = {
  error: {
    kind: z.literal('error'),
    status: z.int().min(400).max(599),
    /** Text is sent as HTML, an object as JSON; the status' own words when left out. */
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    headers: z.record(z.string(), z.string()).default({}),
    /** `after`: the change is made, and the error answered all the same. */
    when,
  },
  lost: { kind: z.literal('lost') },
  cut: { kind: z.literal('cut') },
  refused: { kind: z.literal('refused') },
  latency: { kind: z.literal('latency'), ms: z.number().min(0).max(3_600_000), when },
  hold: { kind: z.literal('hold'), when },
  stall: { kind: z.literal('stall') },
  stuck: { kind: z.literal('stuck') },
  errored: { kind: z.literal('errored') },
  lag: { kind: z.literal('lag'), ms: z.number().min(0) },
  stale: { kind: z.literal('stale') },
  corrupt: { kind: z.literal('corrupt'), how: corruption.default('truncated') },
}

const effect = z.discriminatedUnion('kind', [
  z.strictObject(effects.error),
  z.strictObject(effects.lost),
  z.strictObject(effects.cut),
  z.strictObject(effects.refused),
  z.strictObject(effects.latency),
  z.strictObject(effects.hold),
  z.strictObject(effects.stall),
  z.strictObject(effects.stuck),
  z.strictObject(effects.errored),
  z.strictObject(effects.lag),
  z.strictObject(effects.stale),
  z.strictObject(effects.corrupt),
])
/** One thing that a fault does to a request. */
export type FaultEffect = z.infer<typeof effect>

/** A fault as it is asked for: which requests it is for, and one effect, or `several` in order. */
export const faultOrder = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, ...effects.error }),
  z.strictObject({ ...common, ...effects.lost }),
  z.strictObject({ ...common, ...effects.cut }),
  z.strictObject({ ...common, ...effects.refused }),
  z.strictObject({ ...common, ...effects.latency }),
  z.strictObject({ ...common, ...effects.hold }),
  z.strictObject({ ...common, ...effects.stall }),
  z.strictObject({ ...common, ...effects.stuck }),
  z.strictObject({ ...common, ...effects.errored }),
  z.strictObject({ ...common, ...effects.lag }),
  // Its first hit is what the others repeat, so that one hit would be none.
  z.strictObject({ ...common, ...effects.stale, times: common.times.default('always') }),
  z.strictObject({ ...common, ...effects.corrupt }),
  z.strictObject({ ...common, kind: z.literal('several'), effects: z.array(effect).min(1) }),
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
