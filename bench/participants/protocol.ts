import { z } from 'zod'

// What the driver and a participant's process say to each other.

const connection = z.object({
  host: z.string(),
  port: z.number(),
  user: z.string(),
  password: z.string().optional(),
  database: z.string(),
})
/** How to reach the participant's own database. */
export type Connection = z.infer<typeof connection>

const setup = z.object({
  connection,
  /** A folder on the database's disk, for one that has a store of its own. */
  folder: z.string(),
  /** The most sagas that will be in flight at once. */
  concurrency: z.number(),
})
/** What a participant is opened with. */
export type Setup = z.infer<typeof setup>

const request = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), concurrency: z.number() }),
  z.object({ type: z.literal('mark') }),
  z.object({ type: z.literal('halt') }),
  z.object({ type: z.literal('close') }),
])
/** What the driver asks for. */
export type Request = z.infer<typeof request>

const marked = z.object({
  type: z.literal('marked'),
  /** Since the mark before, as are the latencies. */
  completed: z.number(),
  ms: z.number(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  /** Since the participant was opened. */
  statements: z.number().nullable(),
})
/** What went on since the mark before. */
export type Marked = z.infer<typeof marked>

const answer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    processes: z.record(z.string(), z.number()),
  }),
  z.object({ type: z.literal('started') }),
  marked,
  z.object({ type: z.literal('halted') }),
  z.object({ type: z.literal('closed') }),
  z.object({ type: z.literal('failed'), error: z.string() }),
])
/** What a participant answers. */
export type Answer = z.infer<typeof answer>

export function parseSetup(text: string | undefined): Setup {
  if (text === undefined)
    throw new Error('BENCH_SETUP is not set: participants are started by main')
  return setup.parse(JSON.parse(text))
}

export function parseRequest(message: unknown): Request {
  return request.parse(message)
}

export function parseAnswer(message: unknown): Answer {
  return answer.parse(message)
}
