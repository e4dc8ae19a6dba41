import { describe, expect, it } from 'vitest'
import { type Saga, sagaBody } from '../api/shapes.ts'
import { plain } from '../render/paint.ts'
import { widthOf } from '../render/text.ts'
import { ago, sagaOf, stepOf } from '../testing/bodies.ts'
import { testNow } from '../testing/fake-terminal.ts'
import { sagaFrame } from './frame.ts'

const given = (more: object): Saga => sagaBody.parse(sagaOf(more))
const frame = (more: object, width?: number) =>
  sagaFrame(given(more), { now: testNow, paint: plain, width })

describe('a frame of a watched saga', () => {
  it('shows what is done, what is being done for how long, and what is to come', () => {
    const steps = [stepOf(0, 'read_droplet', 'completed')]
    const running = stepOf(1, 'create_snapshot', 'running', { started_at: ago(9), attempts: 3 })
    expect(frame({ steps })).toEqual([
      'snapshot_droplet  5a6a0001  Running  12 s',
      ' ✔  read_droplet     Completed  1.0 s',
      ' ·  create_snapshot',
    ])
    expect(frame({ steps: [...steps, running] })).toEqual([
      'snapshot_droplet  5a6a0001  Running  12 s',
      ' ✔  read_droplet     Completed  1.0 s',
      ' ▸  create_snapshot  Running  9.0 s  attempt 3',
    ])
  })

  it('says what a waiting saga waits for, and that its cancel was asked for', () => {
    const [head] = frame({ status: 'waiting', waits_for: 'lock', cancel_requested: true })
    expect(head).toBe('snapshot_droplet  5a6a0001  Waiting for a lock, cancel asked for  12 s')
  })

  it('holds together what runs at once, in whatever order it begins', () => {
    const plan = [
      { name: 'read' },
      { name: 'copy', group: 1 },
      { name: 'copy', group: 1 },
      { name: 'copy', group: 1 },
      { name: 'tell' },
    ]
    const steps = [stepOf(0, 'read', 'completed'), stepOf(2, 'copy', 'completed')]
    expect(frame({ plan, steps }).slice(1)).toEqual([
      ' ✔    read  Completed  1.0 s',
      ' ✔  │ copy  Completed  1.0 s',
      ' ·  ┌ copy',
      ' ·  └ copy',
      ' ·    tell',
    ])
  })

  it('says who has to answer, and until when', () => {
    const plan = [
      { name: 'may_it', kind: 'approval', group: 0 },
      { name: 'paid', kind: 'signal', group: 0 },
    ]
    const open = { finished_at: null }
    const steps = [
      stepOf(0, 'may_it', 'waiting', { ...open, deadline_at: ago(-60) }),
      stepOf(1, 'paid', 'waiting', open),
    ]
    expect(frame({ status: 'waiting', waits_for: 'signal', plan, steps }).at(-1)).toBe(
      '  waits for the approval may_it until 2026-03-01 12:01:00 UTC (in 1 min) and the signal paid',
    )
  })

  it('says why a saga went back, and shows nothing to come any more', () => {
    const lines = frame({
      status: 'rolled_back',
      ended_at: ago(2),
      plan: [{ name: 'echo' }, { name: 'fail' }, { name: 'never' }],
      error: { reason: 'step_failed:fail', compensate_from_idx: 0 },
      steps: [
        stepOf(0, 'echo', 'compensated', {
          undo_attempts: 1,
          undo_started_at: ago(3),
          undo_finished_at: ago(2),
        }),
        stepOf(1, 'fail', 'failed', { error: { code: 'x', message: 'it always fails' } }),
      ],
    })
    expect(lines).toEqual([
      'snapshot_droplet  5a6a0001  Rolled back  10 s',
      ' ↩  echo   Undone  8.0 s',
      ' ✘  fail   Failed  1.0 s',
      '    it always fails',
      '  the step "fail" failed',
    ])
  })

  it('calls it undoing as long as it goes back, also while it waits for the cloud', () => {
    const undoing = stepOf(0, 'read_droplet', 'compensating', { undo_started_at: ago(1) })
    const lines = frame({ status: 'waiting', waits_for: 'time', steps: [undoing] })
    expect(lines[0]).toBe('snapshot_droplet  5a6a0001  Undoing  12 s')
    expect(lines).toHaveLength(2)
  })

  it('calls it undoing without a ledger too, as lists have it', () => {
    const error = { reason: 'cancelled', compensate_from_idx: 0 }
    const [head] = frame({ status: 'waiting', waits_for: 'time', error })
    expect(head).toBe('snapshot_droplet  5a6a0001  Undoing  12 s')
  })

  it.each([
    [{ snapshot_asked_for: false, snapshot_id: null, snapshot_name: null }, ' -', 'Not asked for'],
    [{ snapshot_id: 7, snapshot_name: 'a' }, ' ✔', 'Completed'],
  ])('shows no snapshot as taken that was not (%#)', (output, mark, words) => {
    const step = stepOf(0, 'snapshot_if_asked', 'completed', { output })
    const [, line = ''] = frame({ steps: [step] })
    expect(line).toBe(`${mark}  snapshot_if_asked  ${words}  1.0 s`)
  })

  it.each([
    [{ status: 'parked', parked: { reason: 'its undo failed', step: 0 } }, 'Needs you', 'its undo'],
    [
      {
        status: 'failed',
        error: {
          reason: 'cancelled',
          compensate_from_idx: 0,
          left_behind: [{ idx: 0, name: 'create_snapshot', key: 'k' }],
        },
      },
      'Left something behind',
      'it was cancelled; left behind: create_snapshot',
    ],
  ])('says in words what an operator has to know (%#)', (more, status, reason) => {
    const lines = frame(more)
    expect(lines[0]).toContain(status)
    expect(lines.at(-1)).toContain(reason)
  })

  it('keeps what the cloud said on one line, within the terminal', () => {
    const error = { code: 'x', message: `first\nsecond ${'long '.repeat(40)}\u001b[2J` }
    const lines = frame({ steps: [stepOf(0, 'read_droplet', 'running', { error })] }, 60)
    expect(lines.join('')).not.toContain('\n')
    expect(lines.join('')).not.toContain('\u001b')
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(60)
  })
})
