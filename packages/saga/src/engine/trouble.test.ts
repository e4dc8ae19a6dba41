import { expect, it } from 'vitest'
import { recordingLog } from '../../test/recording-log.ts'
import { simulatedClock } from '../testing/index.ts'
import { Trouble } from './trouble.ts'

it('trouble is told when it begins, every ten seconds while it lasts, and when it is over', () => {
  const clock = simulatedClock()
  const log = recordingLog()
  const trouble = new Trouble({ clock, log })
  trouble.over()
  // Five times a second, for eleven seconds.
  for (let n = 0; n < 55; n += 1) {
    trouble.met(new Error('no room'), 3)
    clock.advance(200)
  }
  trouble.over()
  trouble.over()
  expect(log.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    'warn: runs could not be written; trying again',
    'warn: runs could not be written; trying again',
    'info: runs are written again',
  ])
  expect(log.lines[0]?.fields).toMatchObject({ runs: 3, err: { message: 'no room' } })
})
