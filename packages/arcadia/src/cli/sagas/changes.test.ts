import { describe, expect, it } from 'vitest'
import { type Saga, sagaBody } from '../api/shapes.ts'
import { ago, sagaOf, stepOf } from '../testing/bodies.ts'
import { testNow } from '../testing/fake-terminal.ts'
import { sagaChanges } from './changes.ts'

const given = (more: object): Saga => sagaBody.parse(sagaOf(more))

describe('the lines of a saga that is watched through a pipe', () => {
  const pending = given({ status: 'pending', steps: [] })
  const running = given({ steps: [stepOf(0, 'read_droplet', 'running')] })
  const completed = given({
    status: 'completed',
    ended_at: ago(2),
    steps: [stepOf(0, 'read_droplet', 'completed')],
  })

  it('tell what happened, in the order in which it did', () => {
    const lines = [undefined, pending, running].map((before, at) =>
      sagaChanges(before, [pending, running, completed][at] ?? pending, testNow),
    )
    expect(lines).toEqual([
      ['snapshot_droplet 5a6a0001  Queued'],
      ['snapshot_droplet 5a6a0001  Running', '  ▸ read_droplet  Running'],
      ['  ✔ read_droplet  Completed  1.0 s', 'snapshot_droplet 5a6a0001  Completed after 10 s'],
    ])
  })

  it('are none while nothing changes, however long it takes', () => {
    expect(sagaChanges(running, running, testNow + 60_000)).toEqual([])
  })

  it('tell of each further attempt, and what went wrong before', () => {
    const error = { code: 'x', message: '503 Service Unavailable' }
    const again = given({
      steps: [stepOf(0, 'read_droplet', 'running', { attempts: 2, error })],
    })
    expect(sagaChanges(running, again, testNow)).toEqual([
      '  ▸ read_droplet  Running  attempt 2  503 Service Unavailable',
    ])
  })

  it('end with why it went back', () => {
    const back = given({
      status: 'rolled_back',
      ended_at: ago(2),
      error: { reason: 'cancelled', compensate_from_idx: -1 },
    })
    expect(sagaChanges(running, back, testNow).slice(-2)).toEqual([
      'snapshot_droplet 5a6a0001  Rolled back after 10 s',
      '  it was cancelled',
    ])
  })
})
