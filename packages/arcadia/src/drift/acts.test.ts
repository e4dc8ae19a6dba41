import { describe, expect, it } from 'vitest'
import { refusalOf } from './acts.ts'

const waiting = { type: 'field', lockedBy: undefined, moved: undefined } as const

describe('an act', () => {
  it.each(['open', 'review'] as const)('is allowed on what is %s', (status) => {
    expect(refusalOf('accept', { ...waiting, status })).toBeUndefined()
  })

  it.each(['reverting', 'accepted', 'reverted', 'stale', 'ignored'] as const)(
    'is refused, with the reason, on what is %s',
    (status) => {
      const refusal = refusalOf('accept', { ...waiting, status })
      expect(refusal).toEqual({ because: 'state', reason: expect.stringMatching(/: /) })
    },
  )

  it('is refused of what is unmanaged, of what a saga holds, and of what has moved, in this order', () => {
    const busy = { ...waiting, status: 'open', lockedBy: 'run-1', moved: 'it moved' } as const
    expect(refusalOf('accept', { ...busy, type: 'unmanaged' })?.because).toBe('state')
    expect(refusalOf('accept', busy)).toMatchObject({ because: 'locked' })
    expect(refusalOf('accept', { ...busy, lockedBy: undefined })).toEqual({
      because: 'moved',
      reason: 'it moved',
    })
  })
})
