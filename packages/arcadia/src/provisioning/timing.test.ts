import { describe, expect, it } from 'vitest'
import { realTiming, timingFor } from './timing.ts'

describe('timingFor', () => {
  it("is DigitalOcean's own pace at speed 1", () => {
    expect(timingFor({ speed: 1 })).toEqual(realTiming)
    // Twelve looks, five seconds apart.
    expect(realTiming.snapshotLagMs / realTiming.pollMs).toBe(12)
  })

  it('is as much faster as the simulator, except where people are waited for', () => {
    const timing = timingFor({ speed: 60 })
    expect(timing.pollMs).toBe(83)
    expect(timing.snapshotLagMs).toBe(1_000)
    expect(timing.actionDeadlineMs).toBe(60_000)
    expect(timing.operatorMs).toBe(realTiming.operatorMs)
  })

  it('never becomes so short that real requests do not fit in', () => {
    const timing = timingFor({ speed: 1_000_000 })
    expect(timing.pollMs).toBeGreaterThanOrEqual(50)
    expect(timing.settlesMs).toBeGreaterThanOrEqual(250)
  })

  it('refuses a speed that is none', () => {
    expect(() => timingFor({ speed: 0 })).toThrow(TypeError)
    expect(() => timingFor({ speed: Number.NaN })).toThrow(TypeError)
  })
})
