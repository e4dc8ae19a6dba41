import type { Fault } from '../../src/testing/index.ts'
import type { MatrixName } from '../../test/matrix-sagas.ts'

/** Which cases ought to find it. */
export interface Cases {
  readonly saga: MatrixName
  /** Ways for the run to go, by what their names begin with. Default: all. */
  readonly variants?: readonly string[]
  /** Default: all. */
  readonly faults?: readonly Fault[]
  /** Cases by their names, where it takes more than one fault to find it. */
  readonly only?: readonly string[]
}

/** An engine that is broken on purpose, in one line. */
export interface Mutant {
  readonly name: string
  /** The rule that does not hold any more. */
  readonly breaks: string
  /** Below `packages/saga/src`. */
  readonly file: string
  /** The line as it is, without the space around it: there exactly once. */
  readonly is: string
  /** Where it is there more than once: a line that is not, which it is the first after. */
  readonly after?: string
  readonly broken: string
  readonly cases: Cases
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no epoch',
    breaks: 'a claim counts up what the writes of the holder before are refused by',
    file: 'postgres/queries/claim-runs.ts',
    is: 'set worker_id = $3, epoch = r.epoch + 1, revision = r.revision + 1, wake_at = null,',
    broken:
      'set worker_id = $3, epoch = greatest(r.epoch, 2), revision = r.revision + 1, wake_at = null,',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['crash'] },
  },
  {
    name: 'no epoch, no revision',
    breaks: 'a write carries the epoch of its claim and the revision that it read',
    file: 'postgres/queries/commit-runs.ts',
    is: 'where r.id = p.id and r.epoch = p.epoch and r.revision = p.revision',
    broken: 'where r.id = p.id and p.revision <= r.revision',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['stale'] },
  },
  {
    name: 'no revision',
    breaks: 'a write whose answer was lost is applied once, whenever it arrives',
    file: 'postgres/queries/commit-runs.ts',
    is: 'where r.id = p.id and r.epoch = p.epoch and r.revision = p.revision',
    broken: 'where r.id = p.id and r.epoch = p.epoch',
    cases: { saga: 'several at once', variants: ['completes'], faults: ['overtaken'] },
  },
  {
    name: 'a flush applied twice',
    breaks: 'what is written down is not written down again',
    file: 'engine/execution.ts',
    is: 'this.#events = []',
    broken: 'this.#events = [...this.#events]',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['crash'] },
  },
  {
    name: 'absence believed at once',
    breaks: 'an absence counts only when a call can not land any more',
    file: 'core/settle.ts',
    is: 'const countsFrom = (step.unknownSince ?? moment.now) + policy.settlesMs',
    broken: 'const countsFrom = step.unknownSince ?? moment.now',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['late'] },
  },
  {
    name: 'a lost call counted from nothing',
    breaks: 'what a lost worker sent may land until its lease is over, and what it settles in',
    file: 'core/evolve.ts',
    is: 'const since = interruptedAt ?? now',
    broken: 'const since = Math.min(0, interruptedAt ?? now)',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['crash_late'] },
  },
  {
    name: 'undo reversed',
    breaks: 'the last step that may have left something is taken back first',
    file: 'core/decide-undo.ts',
    is: 'const last = steps.findLast(({ status }) => mayHaveLeftSomething(status))',
    broken: 'const last = steps.find(({ status }) => mayHaveLeftSomething(status))',
    cases: { saga: 'one step after the other', faults: [] },
  },
  {
    name: 'intent after the effect',
    breaks: 'an attempt is written down before it is made',
    file: 'engine/runner.ts',
    after: 'const stops = this.#stops()',
    is: 'await this.#flush(false)',
    broken: '',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['crash'] },
  },
  {
    name: 'a lock released early',
    breaks: 'a lock is held until its run has ended, through the undo',
    file: 'postgres/queries/commit-runs.ts',
    is: 'from ended where l.run_id = ended.id and l.released_at is null and l.acquired_at is not null',
    broken:
      'from run where l.run_id = run.id and l.released_at is null and l.acquired_at is not null',
    cases: { saga: 'locks that another run wants too', faults: ['cancel'] },
  },
  {
    name: "a root's locks released by its child",
    breaks: 'what a child is locked by is held by its root, until that ends',
    file: 'postgres/queries/commit-runs.ts',
    is: 'from ended where l.run_id = ended.id and l.released_at is null and l.acquired_at is not null',
    broken:
      'from ended join saga.saga_runs e on e.id = ended.id where l.run_id = e.root_id and l.released_at is null and l.acquired_at is not null',
    cases: { saga: 'locks that a child has of its parent', faults: [] },
  },
  {
    name: 'a deadline reset on restart',
    breaks: 'a deadline is that of the first call, whoever goes on',
    file: 'core/evolve.ts',
    is: 'let settled = state',
    broken:
      'let settled = { ...state, steps: state.steps.map((s) => ({ ...s, deadlineAt: s.deadlineAt && now + 600_000 })) }',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['crash'] },
  },
  {
    name: 'unknown taken for failed',
    breaks: 'an error proves nothing',
    file: 'core/settle.ts',
    is: "const unknown = verdict.effect === 'unknown' || step.unknownSince !== null",
    broken: 'const unknown = step.unknownSince !== null',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['error', 'lost'] },
  },
  {
    name: 'find not asked after a time-out',
    breaks: 'whatever its outcome is unknown by, a step is looked for',
    file: 'core/decide.ts',
    is: 'if (definition.find !== undefined) return lookUp(step, definition, now)',
    broken:
      "if (definition.find !== undefined && step.error?.code !== 'timeout') return lookUp(step, definition, now)",
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['hang'] },
  },
  {
    name: 'a signal lost',
    breaks: 'a run is claimed for a signal that nobody has read',
    file: 'postgres/queries/commit-runs.ts',
    is: 'from ended join saga.saga_runs parent on parent.id = ended.parent_id and parent.ended_at is null',
    broken:
      'from ended join saga.saga_runs parent on parent.id = ended.parent_id and parent.worker_id is null',
    cases: { saga: 'a child, and a step after it', variants: ['completes'], faults: ['crash'] },
  },
  {
    name: 'a cancel passed over at completion',
    breaks: 'a cancel that was accepted before is read before a run completes',
    file: 'postgres/queries/commit-runs.ts',
    is: "and (p.status <> 'completed' or r.unread_cancels <= p.cancels_read)",
    broken: '',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['cancel'] },
  },
  {
    name: 'its own lease ignored',
    breaks: 'a worker whose lease may be over calls nothing more',
    file: 'engine/lease.ts',
    is: 'return this.#options.leaseMs / 5',
    broken: 'return -1000 * this.#options.leaseMs',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['stale'] },
  },
  {
    name: "another's lease ignored",
    breaks: 'a run is taken over when the lease of its worker is over',
    file: 'postgres/queries/claim-runs.ts',
    is: 'where w.lease_until < (select now from moment)',
    broken: 'where w.id <> $3',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['crash'] },
  },
  {
    name: 'a group committed when the lease is over',
    breaks: 'the lease is asked again at the moment a statement is sent',
    file: 'engine/group-commit.ts',
    is: 'const sure = batch.filter(isSure)',
    broken: 'const sure = batch',
    cases: {
      saga: 'a run beside it whose rows the database refuses',
      variants: ['beside'],
      faults: ['stale', 'resumed'],
    },
  },
  {
    name: 'a poisoned row that fails its neighbours',
    breaks: 'a value that the database refuses fails its own run alone',
    file: 'engine/group-commit.ts',
    is: 'if (sent.length === 1 || passes) {',
    broken: 'if (sent.length > 0) {',
    cases: {
      saga: 'a run beside it whose rows the database refuses',
      variants: ['beside'],
      faults: ['poison'],
    },
  },
  {
    name: 'attempts not counted',
    breaks: 'every attempt of a step counts',
    file: 'core/decide.ts',
    is: "return { type: 'open', idx, attempt: step.attempts + 1 }",
    broken: "return { type: 'open', idx, attempt: 1 }",
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['error'] },
  },
  {
    name: 'attempts of an undo not counted',
    breaks: 'an undo that fails for good comes to an operator',
    file: 'core/decide-undo.ts',
    is: 'attempt: step.undoAttempts + 1,',
    broken: 'attempt: 1,',
    cases: {
      saga: 'one step after the other',
      variants: ['completes', 'fails'],
      faults: ['broken'],
    },
  },
  {
    name: 'an undo believed that has failed',
    breaks: 'what an error answers is not taken back',
    file: 'core/settle.ts',
    is: "return [{ type: 'undo_retrying', idx, error: outcome.error, nextAt }]",
    broken: "return [{ type: 'step_compensated', idx }]",
    cases: {
      saga: 'one step after the other',
      variants: ['completes', 'fails'],
      faults: ['error'],
    },
  },
  {
    name: 'a receipt lost',
    breaks: 'what a call gave is kept for what comes after it',
    file: 'core/ledger.ts',
    after: "case 'step_issued':",
    is: 'receipt: event.receipt,',
    broken: 'receipt: null,',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: [] },
  },
  {
    name: 'a stray effect not told of',
    breaks: 'a call that ends when nobody waits for it any more is told of',
    file: 'engine/call-ends.ts',
    is: 'if (!stray.doubtful || (this.#isLost && !within)) this.#deps.reportStray(stray)',
    broken: '',
    cases: { saga: 'one step after the other', variants: ['completes'], faults: ['slow', 'stale'] },
  },
  {
    name: 'a doubtful call not told of',
    breaks:
      'a call of a lost worker that ends without an answer is told of, for it may have had an effect',
    file: 'engine/call-ends.ts',
    is: 'return isUnknown(outcome) && !underWay ? { stray: { ...made, doubtful: true }, at } : undefined',
    broken: 'return undefined',
    cases: {
      saga: 'one step after the other',
      only: [
        'completes/in_sequence.1.server.do.create#1:before:stale+in_sequence.1.server.do.create#1:after:lost',
      ],
    },
  },
  {
    name: 'a way back past the point of no return',
    breaks: 'after a pivot a run only goes forward',
    file: 'core/decide.ts',
    is: 'return isPastPivot(state, plan) ? combine([park(reason, idx)]) : record(...goBack(state, reason))',
    broken: 'return record(...goBack(state, reason))',
    cases: { saga: 'a point of no return', faults: [] },
  },
  {
    name: 'SQL kept of a run that is lost',
    breaks: 'the SQL of a step and its row in the ledger are committed together, or neither',
    file: 'postgres/store.ts',
    is: "return { keep: result === 'committed', result }",
    broken: 'return { keep: true, result }',
    cases: {
      saga: "a step in the program's own database",
      variants: ['completes'],
      faults: ['stale', 'resumed'],
    },
  },
  {
    name: 'a child outside the transaction of its parent',
    breaks: 'a child and the row that waits for it are there together, or neither',
    file: 'engine/child.ts',
    is: 'inserted = (await deps.store.insertRun({ run: child, tx })).run',
    broken: 'inserted = (await deps.store.insertRun({ run: child })).run',
    cases: {
      saga: 'a child, and a step after it',
      variants: ['completes'],
      faults: ['crash'],
    },
  },
  {
    name: 'a begun run called before it is there',
    breaks: 'a run that is begun where it is started is inserted with the intent of its first call',
    file: 'engine/runner.ts',
    after: 'const stops = this.#stops()',
    is: 'await this.#flush(false)',
    broken: 'if (this.#execution.isStored) await this.#flush(false)',
    cases: { saga: 'one step after the other', variants: ['begun'], faults: ['crash'] },
  },
]
