import { z } from 'zod'

/** What a worker process is told, as JSON in its only argument. */
export const workerSettings = z.object({
  name: z.string(),
  /** Of its proxy, on loopback. */
  port: z.int(),
  user: z.string(),
  database: z.string(),
  simulatorUrl: z.url(),
  speed: z.number(),
  leaseMs: z.int(),
  concurrency: z.int(),
  /** Where it writes down what it asked of the cloud. */
  diary: z.string(),
})
export type WorkerSettings = z.infer<typeof workerSettings>
