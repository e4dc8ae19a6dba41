import { describe, expect, it } from 'vitest'
import { freshness, lookBackMs, type Reading } from './gate.ts'

const now = Date.UTC(2026, 0, 1, 12)
const at = (seconds: number) => new Date(now + seconds * 1_000)
const key = 'a/droplet/7'
const reading: Reading = {
  account_id: 'a',
  kind: 'droplet',
  external_id: '7',
  observed_at: at(-60),
  deleted_at: null,
  written_at: at(-120),
}
const judge = (
  changes: Partial<Reading>,
  locks: { held?: boolean; releasedAt?: Date; settleMs?: number } = {},
) =>
  freshness(
    { ...reading, ...changes },
    {
      held: new Set(locks.held === true ? [key] : []),
      released: new Map(locks.releasedAt ? [[key, locks.releasedAt.getTime()]] : []),
    },
    { now, settleMs: locks.settleMs ?? 10_000 },
  )

describe('a reading may be held against what was asked', () => {
  it.each([
    ['when it was sent after the spec was written', {}, {}, 'fresh'],
    ['not when it was sent before', { written_at: at(-60) }, {}, 'old'],
    ['whenever nothing is asked', { written_at: null }, {}, 'fresh'],
    ['not while a saga holds the resource', {}, { held: true }, 'locked'],
    ['when the cloud had settled after the release', {}, { releasedAt: at(-71) }, 'fresh'],
    ['not when it had not', {}, { releasedAt: at(-65) }, 'old'],
    ['not when it has not yet', {}, { releasedAt: at(-5) }, 'unsettled'],
    ['not when it is of long ago', { observed_at: at(-lookBackMs / 1_000 - 1) }, {}, 'old'],
    [
      'however long ago, when it said that the resource is gone',
      { observed_at: at(-lookBackMs / 100), deleted_at: at(0), written_at: at(-lookBackMs) },
      {},
      'fresh',
    ],
  ] as const)('%s', (_, changes, locks, expected) => {
    expect(judge(changes, locks)).toBe(expected)
  })
})
