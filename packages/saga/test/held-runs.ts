import { randomUUID } from 'node:crypto'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { row } from '../src/core/testing/given.ts'
import type { Commit } from '../src/engine/store.ts'
import { echo, type Run, type StepRecord } from '../src/index.ts'
import { simulatedEngine } from './harness.ts'

const kinds = [{ kind: 'ad_hoc', version: 1 }]

/** Runs that a worker of their own holds, as the store sees it, in the order of their ids. */
export async function heldRuns(
  database: TestDatabase,
  count: number,
  options: Parameters<typeof simulatedEngine>[1] = {},
) {
  const simulated = simulatedEngine(database, { steps: [echo], ...options })
  const { engine, store } = simulated
  const worker = randomUUID()
  for (let n = 0; n < count; n += 1) {
    await engine.startAdHoc([echo], {}, { reservedFor: worker })
  }
  await store.renewLease({ worker, name: worker, leaseMs: 1_000_000, first: true })
  const { runs } = await store.claimRuns({
    worker,
    name: worker,
    kinds,
    steps: ['echo'],
    limit: count,
  })
  if (runs.length !== count) throw new Error(`${runs.length} of ${count} runs were claimed`)
  const held = runs.map(({ run }) => run).sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    ...simulated,
    worker,
    held,
    /** The run at a place. */
    at(n: number): Run {
      const run = held[n]
      if (run === undefined) throw new RangeError(`there are ${count} runs, not ${n + 1}`)
      return run
    },
    /** What of a run is not its start: the ledger, the history, and whether it has signals to read. */
    async written({ id }: Run) {
      const { run, steps } = await engine.get(id)
      const events = (await engine.events(id)).slice(1)
      const unread = await store.listSignals({ runIds: [id] })
      return {
        status: run.status,
        revision: run.revision,
        steps: steps.map(({ output }) => output),
        events: events.map(({ type }) => type),
        unread: unread.map(({ type }) => type),
      }
    },
  }
}

/** A patch that writes a ledger row and an event. */
export function patchOf(run: Run, changes: Partial<Run> = {}, rest: Partial<Commit> = {}): Commit {
  return {
    run: { ...run, ...changes },
    steps: [ledgerRow({ output: { by: 'patch' } })],
    events: [{ type: 'locks_acquired', now: 0 }],
    // Whether it has a row already, no patch of a test's has to know.
    ledgerLength: 1,
    readSignals: [],
    cancelsRead: 0,
    release: false,
    writeId: randomUUID(),
    ...rest,
  }
}

/** A patch that ends its run. */
export function endOf(run: Run, changes: Partial<Run> = {}): Commit {
  const ended: Partial<Run> = { status: 'rolled_back', direction: 'undo', endedAt: run.createdAt }
  return patchOf(run, { ...ended, ...changes }, { release: true })
}

export function ledgerRow(changes: Partial<StepRecord> = {}): StepRecord {
  return row(0, 'completed', { name: 'echo', issuedAt: null, ...changes })
}

/** What PostgreSQL refuses with SQLSTATE 22P05, and the checks before a patch would not let by. */
export const poison = { steps: [ledgerRow({ output: { text: 'a\u0000b' } })] }
