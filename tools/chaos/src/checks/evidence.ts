import { type RunStatus, runStatuses, type StepStatus, stepStatuses } from '@arcadia-cloud/saga'
import type { Pool } from 'pg'
import { z } from 'zod'
import type { CloudView } from './cloud-view.ts'

/** All that is looked at from the outside when everything has come to rest. */
export interface Evidence {
  /** The start keys that were planned. */
  readonly keys: readonly string[]
  readonly runs: readonly RunFact[]
  readonly steps: readonly StepFact[]
  readonly events: readonly EventFact[]
  readonly locks: readonly LockFact[]
  /** Stray effects that were reported and that no run has taken up. */
  readonly unreadStrays: readonly { readonly runId: string }[]
  /** One for each time that a `write_counters` stands. */
  readonly marks: readonly { readonly runId: string }[]
  readonly counters: ReadonlyMap<string, number>
  readonly before: CloudView
  readonly after: CloudView
}

const runFact = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.enum(runStatuses),
  startKey: z.string().nullable(),
  waitsFor: z.string().nullable(),
  parentId: z.string().nullable(),
  parentStep: z.number().nullable(),
  inputs: z.record(z.string(), z.unknown()),
  plan: z.array(z.object({ name: z.string(), kind: z.string().optional() })),
  error: z.object({ reason: z.string(), left_behind: z.array(z.unknown()).optional() }).nullable(),
  parked: z.object({ reason: z.string() }).nullable(),
  workerId: z.string().nullable(),
  eventSeq: z.number(),
  ended: z.boolean(),
})
/** A run as its row has it. */
export type RunFact = z.infer<typeof runFact>

const stepFact = z.object({
  runId: z.string(),
  idx: z.number(),
  name: z.string(),
  status: z.enum(stepStatuses),
  key: z.string(),
  receipt: z.unknown(),
  output: z.unknown(),
})
/** A row of the ledger. */
export type StepFact = z.infer<typeof stepFact>

const eventFact = z.object({
  runId: z.string(),
  seq: z.number(),
  type: z.string(),
  idx: z.number().nullable(),
  at: z.date(),
  /** Of a stray effect: whether the ledger had it already. */
  known: z.boolean().nullable(),
  /** Of a claim: whether a lost worker had the run before. */
  takenOver: z.boolean(),
})
/** An entry of the history of a run. */
export type EventFact = z.infer<typeof eventFact>

const lockFact = z.object({ key: z.string(), runId: z.string(), held: z.boolean() })
/** A lock that is held or waited for. */
export type LockFact = z.infer<typeof lockFact>

export type { RunStatus, StepStatus }

/** Reads what the database says of all runs, at one moment. */
export async function readDatabase(
  pool: Pool,
): Promise<Omit<Evidence, 'keys' | 'before' | 'after'>> {
  const client = await pool.connect()
  try {
    await client.query('begin transaction isolation level repeatable read, read only')
    const rows = async <T>(shape: z.ZodType<T>, text: string): Promise<readonly T[]> =>
      z.array(shape).parse((await client.query(text)).rows)
    const counters = await rows(
      z.object({ key: z.string(), value: z.number() }),
      'select key, value from chaos.counters',
    )
    const ofRun = z.object({ runId: z.string() })
    const found = {
      runs: await rows(runFact, runsSql),
      steps: await rows(stepFact, stepsSql),
      events: await rows(eventFact, eventsSql),
      locks: await rows(lockFact, locksSql),
      unreadStrays: await rows(ofRun, straysSql),
      marks: await rows(ofRun, 'select run_id as "runId" from chaos.marks'),
      counters: new Map(counters.map(({ key, value }) => [key, value])),
    }
    await client.query('commit')
    return found
  } finally {
    client.release()
  }
}

const runsSql = `select id, kind, status, start_key as "startKey", waits_for as "waitsFor", parent_id as "parentId",
    parent_step as "parentStep", inputs, plan, error, parked, worker_id as "workerId",
    event_seq as "eventSeq", ended_at is not null as ended
  from saga.saga_runs order by id`
const stepsSql = `select saga_id as "runId", step_idx as idx, name, status, key, receipt, output
  from saga.saga_step_results order by saga_id, step_idx`
const eventsSql = `select saga_id as "runId", seq, type, step_idx as idx, at,
    (detail ->> 'known')::boolean as known,
    type = 'run_claimed' and detail ->> 'interruptedAt' is not null as "takenOver"
  from saga.saga_events order by saga_id, seq`
const locksSql = `select key, run_id as "runId", acquired_at is not null as held
  from saga.saga_locks where released_at is null order by key, acquired_at is null, place`
const straysSql = `select run_id as "runId" from saga.saga_signals
  where type = 'stray_effect' and read_at is null`
