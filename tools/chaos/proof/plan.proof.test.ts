import { expect, it } from 'vitest'
import { readCommandLine } from '../src/command-line.ts'
import { planOf } from '../src/plan.ts'

const targets = { accountId: 'a', dropletIds: [1, 2, 3], counters: ['x', 'y'] }
const plan = (...options: string[]) => planOf(readCommandLine(options), targets)

it('the seed decides what is done, and when', () => {
  expect(plan('--seed', '7')).toEqual(plan('--seed', '7'))
  expect(plan('--seed', '7').faults).not.toEqual(plan('--seed', '8').faults)
  expect(plan('--seed', '7').sagas).not.toEqual(plan('--seed', '8').sagas)
})

it('even a short run has each fault, in its time', () => {
  const { faults, sagas } = plan('--seconds', '10', '--sagas', '100')
  const types = new Set(faults.map(({ type }) => type))
  expect(types).toEqual(new Set(['kill', 'stop', 'postgres', 'cut', 'stall', 'mute']))
  for (const { at } of [...faults, ...sagas]) expect(at).toBeLessThan(10_000)
  expect(sagas.some(({ cancelAfterMs }) => cancelAfterMs !== null)).toBe(true)
})

it('what is switched off is not done, and the sagas stay the same', () => {
  const whole = plan('--seed', '7')
  const without = plan('--seed', '7', '--no-kills', '--no-stops', '--no-connections')
  expect(new Set(without.faults.map(({ type }) => type))).toEqual(new Set(['postgres']))
  expect(without.sagas).toEqual(whole.sagas)
  expect(plan('--no-cancels').sagas.every(({ cancelAfterMs }) => cancelAfterMs === null)).toBe(true)
})
