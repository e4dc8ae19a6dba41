import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { newRun } from '../core/testing/new-run.ts'
import { simulatedClock } from '../testing/simulated-clock.ts'
import { Settlements } from './settlements.ts'

function waitingRoom() {
  const run = { ...newRun(1, []), status: 'parked' } as const
  const store = { listSettled: async () => [], isTransient: () => false }
  return { run, settlements: new Settlements({ store, clock: simulatedClock() }) }
}

describe('who waits for a run to settle', () => {
  it('is not given up with somebody who waited before, and was told', async () => {
    const { run, settlements } = waitingRoom()
    const before = new AbortController()
    const first = settlements.wait(run.id, before.signal)
    settlements.tell(run)
    await first
    const second = settlements.wait(run.id)
    before.abort(new Error('enough'))
    settlements.tell(run)
    expect(await Promise.race([second, new Promise(setImmediate)])).toBe(run)
  })

  it('leaves nothing with a signal that goes on', async () => {
    const { run, settlements } = waitingRoom()
    const { signal } = new AbortController()
    const all = [settlements.wait(run.id, signal), settlements.wait(run.id, signal)]
    expect(getEventListeners(signal, 'abort')).toHaveLength(2)
    settlements.tell(run)
    await Promise.all(all)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
