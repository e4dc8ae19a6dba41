import { describe, expect, it } from 'vitest'
import { decide } from './decide.ts'
import type { InFlight } from './decision.ts'
import { heed } from './heed.ts'
import { after, asked, found, given, idempotent, pivot, row, typesOf } from './testing/given.ts'

const none: InFlight = new Set()
const now = 1_000
/** Of the second of two calls: it is the last where the ledger has no third. */
const doubt = (attempt = 2) =>
  asked('stray_effect', { stepIdx: 0, payload: { doubtful: true, epoch: 1, attempt }, at: 900 })
const doubted = { type: 'stray_doubted', idx: 0, epoch: 1, since: 900 }
const parked = { type: 'run_parked', reason: 'stray_effect:step_0', step: 0 }
const back = { status: 'compensating', direction: 'undo' } as const

describe('a call that may have had an effect', () => {
  it('waits while another of its step is under way', () => {
    const running = given([found], {}, [row(0, 'running')])
    expect(heed(running, [found], doubt(), now, none)).toBe('later')
  })

  it('lets the absence of what is looked for count from its end', () => {
    const unknown = given([found], {}, [row(0, 'unknown', { attempts: 2, unknownSince: 100 })])
    const looked = after(unknown, heed(unknown, [found], doubt(), now, none))
    expect(looked.steps[0]?.unknownSince).toBe(900)
    const later = given([found], {}, [row(0, 'unknown', { attempts: 2, unknownSince: 950 })])
    const kept = after(later, heed(later, [found], doubt(), now, none))
    expect(kept.steps[0]?.unknownSince).toBe(950)
  })

  it('is looked for before it is called again', () => {
    const waiting = given([found], {}, [row(0, 'waiting', { attempts: 2 })])
    const looked = after(waiting, heed(waiting, [found], doubt(), now, none))
    expect(looked.steps[0]).toMatchObject({ status: 'unknown', unknownSince: 900, nextAt: null })
    expect(decide(looked, [found], now)).toEqual({ type: 'call', call: 'find', idx: 0 })
  })

  it('beside another that stands, or may, is asked about; nothing is taken back for a doubt', () => {
    const stands = row(0, 'completed', { attempts: 3 })
    for (const run of [{}, { status: 'completed' }] as const) {
      const state = given([found, found], run, [stands])
      expect(heed(state, [found, found], doubt(), now, none)).toEqual([doubted, parked])
    }
    const unknown = given([found], {}, [row(0, 'unknown', { attempts: 3 })])
    expect(heed(unknown, [found], doubt(), now, none)).toEqual([doubted, parked])
    const final = given([pivot], {}, [row(0, 'completed', { attempts: 3 })])
    expect(heed(final, [pivot], doubt(), now, none)).toEqual([doubted, parked])
    // An operator has done it by hand: it is nobody's call that stands.
    const byHand = given([found], {}, [row(0, 'completed', { attempts: 2, issuedAt: null })])
    expect(heed(byHand, [found], doubt(), now, none)).toEqual([doubted, parked])
  })

  it('parks a run when the calls under way have ended', () => {
    const state = given([found, found], {}, [row(0, 'completed', { attempts: 3 })])
    expect(heed(state, [found, found], doubt(), now, new Set([1]))).toBe('later')
    const skipped = given([found, found], {}, [row(0, 'skipped')])
    expect(heed(skipped, [found, found], doubt(), now, new Set([1]))).toBe('later')
  })

  it('is looked for on the way back when what is being undone is', () => {
    const undoing = given([found, found], back, [row(0, 'compensating'), row(1, 'failed')])
    const last = { ...doubt(), stepIdx: 1 }
    expect(heed(undoing, [found, found], last, now, new Set([0]))).toBe('later')
    expect(typesOf(heed(undoing, [found, found], last, now, none))).toContain('doubt_unsettled')
  })

  it('is what stands, where no call was made after it, or adds nothing to it', () => {
    const own = given([found], {}, [row(0, 'completed', { attempts: 2 })])
    expect(heed(own, [found], doubt(), now, none)).toEqual([doubted])
    const same = given([idempotent], {}, [row(0, 'completed', { attempts: 3 })])
    expect(heed(same, [idempotent], doubt(), now, none)).toEqual([doubted])
  })

  it('has its time to show before what stands is undone', () => {
    const standing = given([idempotent], back, [row(0, 'completed', { attempts: 3 })])
    const told = after(standing, heed(standing, [idempotent], doubt(), now, none))
    expect(decide(told, [idempotent], now)).toMatchObject({ type: 'wait', until: 10_900 })
    expect(decide(told, [idempotent], 10_900)).toMatchObject({ events: [{ type: 'undo_opened' }] })
  })

  it.each(['failed', 'skipped', 'compensating', 'compensated'] as const)(
    'of a step that is %s on the way back makes it one to be looked at again',
    (status) => {
      const undone = given([found], back, [row(0, status, { undoAttempts: 3, nextAt: 5 })])
      const told = after(undone, heed(undone, [found], doubt(), now, none))
      expect(told.steps[0]).toMatchObject({ status: 'unknown', unknownSince: 900, undoAttempts: 0 })
      expect(decide(told, [found], now)).toEqual({ type: 'call', call: 'find', idx: 0 })
    },
  )

  it('of a run that has ended asks an operator to look again', () => {
    const ended = given([found], { ...back, status: 'rolled_back' }, [row(0, 'compensated')])
    const told = after(ended, heed(ended, [found], doubt(), now, none))
    expect(told.run).toMatchObject({ status: 'parked', parked: { reason: 'stray_effect:step_0' } })
    expect(told.steps[0]?.status).toBe('unknown')
  })

  it('of a step that was skipped asks the one who skipped it', () => {
    const skipped = given([found, found], {}, [row(0, 'skipped')])
    const told = heed(skipped, [found, found], doubt(), now, none)
    expect(typesOf(told)).toEqual(['stray_doubted', 'doubt_unsettled', 'run_parked'])
    expect(() => after(skipped, told)).not.toThrow()
  })

  it('of a run that was abandoned is named, and of what is named already nothing more', () => {
    const run = { status: 'failed', endedAt: 9, error: null } as const
    const failed = given([found], run, [row(0, 'failed')])
    const named = after(failed, heed(failed, [found], doubt(), now, none))
    expect(named.run.error?.left_behind?.map(({ idx }) => idx)).toEqual([0])
    const standing = given([found], run, [row(0, 'completed', { attempts: 3 })])
    expect(heed(standing, [found], doubt(), now, none)).toEqual([doubted])
    const left = given([found], back, [row(0, 'undo_skipped')])
    expect(heed(left, [found], doubt(), now, none)).toEqual([doubted])
  })

  it('beside what did not become what it should leaves that to be dealt with', () => {
    const unusable = given([found], {}, [row(0, 'unknown', { attempts: 3, issuedAt: 1 })])
    expect(heed(unusable, [found], doubt(), now, none)).toEqual([doubted])
  })
})
