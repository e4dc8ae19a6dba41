import { z } from 'zod'
import { pending, saga, signal, sleep, step } from '../../src/index.ts'

const nothing = z.object({})
const noop = (name: string) => step(name, { idempotent: true, do: () => {}, undo: () => {} })

/** A step that does nothing. */
export const one = saga('one', nothing).step(noop('one'))

/** Three steps that do nothing. */
export const three = saga('three', nothing).step(noop('one')).step(noop('two')).step(noop('three'))

/** The three ways in which runs wait by the hundred thousand; none of them is over today. */
export const waiting = [
  saga('sleeping', nothing).step(noop('one')).step(sleep('rest', '30d')),
  saga('probing', nothing)
    .step(noop('one'))
    .step(
      step('look', {
        idempotent: true,
        do: () => ({ asked: true }),
        until: () => pending,
        every: '2d',
        deadline: '30d',
        undo: () => {},
      }),
    ),
  saga('awaiting', nothing)
    .step(noop('one'))
    .step(signal('paid', { deadline: '30d' })),
]

/** A run whose one call is under way until its process is killed. */
export const hanging = (call: () => Promise<void>) =>
  saga('hanging', nothing).step(step('call', { idempotent: true, do: call, undo: () => {} }))

/** Keeps the processor for so long, in each of three calls. */
export const busy = (ms: number) => {
  const burn = () => {
    const until = performance.now() + ms
    while (performance.now() < until);
  }
  const burning = (name: string) => step(name, { idempotent: true, do: burn, undo: () => {} })
  return saga('busy', nothing).step(burning('one')).step(burning('two')).step(burning('three'))
}
