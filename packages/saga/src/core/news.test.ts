import { describe, expect, it } from 'vitest'
import type { SagaEventData } from './event.ts'
import { isNews } from './news.ts'
import type { StepRecord } from './run.ts'
import { found, given, row } from './testing/given.ts'

const error = { code: 'x', message: 'no answer' }

function news(event: SagaEventData, step: Partial<StepRecord> = {}, epoch = 1): boolean {
  const state = given([found], { epoch }, [row(0, 'waiting', step)])
  return isNews(state, { ...event, now: 0 })
}

describe('the history of a run', () => {
  it('has a failing probe once, and not those that find nothing new', () => {
    const probed = (said: typeof error | null): SagaEventData => ({
      type: 'step_probed',
      idx: 0,
      nextAt: 1,
      error: said,
    })
    expect(news(probed(null))).toBe(false)
    expect(news(probed(error))).toBe(true)
    expect(news(probed(error), { error })).toBe(false)
    expect(news(probed({ ...error, message: 'another' }), { error })).toBe(true)
    expect(news({ type: 'lookup_unsettled', idx: 0, nextAt: 1 })).toBe(false)
    const failed: SagaEventData = { type: 'lookup_failed', idx: 0, error, nextAt: 1 }
    expect(news(failed)).toBe(true)
    expect(news(failed, { failedLookups: 1 })).toBe(false)
  })

  it('has the first pending answer of an undo, and the one after an error', () => {
    const pending: SagaEventData = { type: 'undo_pending', idx: 0, nextAt: 1 }
    expect(news(pending)).toBe(true)
    expect(news(pending, { nextAt: 1 })).toBe(false)
    expect(news(pending, { nextAt: 1, undoError: error })).toBe(true)
    expect(isNews(given([found]), { ...pending, now: 0 })).toBe(true)
    expect(isNews(given([found]), { type: 'step_probed', idx: 0, nextAt: 1, error, now: 0 })).toBe(
      true,
    )
  })

  it('has the first claim and every takeover', () => {
    const claimed = (interruptedAt: number | null): SagaEventData => ({
      type: 'run_claimed',
      worker: 'w',
      interruptedAt,
    })
    expect(news(claimed(null))).toBe(true)
    expect(news(claimed(null), {}, 2)).toBe(false)
    expect(news(claimed(7), {}, 2)).toBe(true)
    expect(news({ type: 'run_completed' })).toBe(true)
  })
})
