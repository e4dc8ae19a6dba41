import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { child } from './child.ts'
import { step } from './define-step.ts'
import { approval, signal, sleep } from './define-waits.ts'
import { InvalidInput } from './errors.ts'
import { parallel } from './parallel.ts'
import { pinPlan } from './pin.ts'
import { contextOf, groupAt, stepsBefore } from './plan.ts'
import { saga } from './saga.ts'
import { row } from './testing/given.ts'

const disk = step('disk', {
  input: z.object({ size: z.number() }),
  idempotent: true,
  do: ({ input }) => ({ id: input.size }),
  undo: () => {},
})
const input = z.object({ sizes: z.array(z.number()), loud: z.boolean() })
const below = saga('below', z.object({})).step(sleep('rest', 1))

describe('the plan of a run', () => {
  const built = saga('built', input)
    .step(sleep('first', 1), { when: ({ loud }) => loud })
    .each('disks', ({ sizes }) => sizes.map((size) => ({ size })), disk, { atOnce: 2 })
    .step(parallel([approval('yes'), child(below), signal('go')]))

  it('is computed from its input: what it leaves out, what it repeats, what runs at once', () => {
    expect(pinPlan(built, { sizes: [10, 20], loud: true })).toEqual([
      { name: 'first' },
      { name: 'disk', input: { size: 10 }, as: 'disks', group: 1, atOnce: 2 },
      { name: 'disk', place: 1, input: { size: 20 }, as: 'disks', group: 1, atOnce: 2 },
      { name: 'yes', place: 2, kind: 'approval', group: 3 },
      { name: 'below', place: 3, kind: 'child', group: 3 },
      { name: 'go', place: 4, kind: 'signal', group: 3 },
    ])
  })

  it('has one place for a list that is empty, and none for what is left out', () => {
    const plan = pinPlan(built, { sizes: [], loud: false })
    expect(plan[0]).toEqual({ name: 'disk', place: 1, as: 'disks', none: true })
    expect(plan.map(({ name }) => name)).toEqual(['disk', 'yes', 'below', 'go'])
  })

  it('is no group where there is a single item', () => {
    expect(pinPlan(built, { sizes: [10], loud: false })[0]).toEqual({
      name: 'disk',
      place: 1,
      input: { size: 10 },
      as: 'disks',
    })
  })

  it('is refused when it has too many steps, or an item that is no object', () => {
    const many = { sizes: Array.from({ length: 1_001 }, (_, n) => n), loud: false }
    expect(() => pinPlan(built, many)).toThrow(
      'the input is not valid: it makes a plan of more than 1000 steps',
    )
    // What the types forbid, a host without them may still give.
    const odd = {
      ...built,
      parts: built.parts.map((part) => ({ ...part, each: { as: 'l', items: () => [7] } })),
    }
    expect(() => pinPlan(odd, many)).toThrow(InvalidInput)
    expect(() => pinPlan(odd, many)).toThrow('item 0 of "l" is not valid: give an object')
    const nothing = {
      ...built,
      parts: [
        {
          ...built.parts[1],
          first: 9,
          count: 1,
          atOnce: undefined,
          when: undefined,
          each: { as: 'l', items: () => [{}] },
        },
      ],
    }
    expect(pinPlan(nothing, many)).toEqual([])
  })
})

describe('the places of a plan', () => {
  const plan = [{ name: 'a' }, { name: 'b', group: 1 }, { name: 'c', group: 1 }]

  it('are in groups, both ends included', () => {
    expect([0, 1, 2, 3].map((idx) => groupAt(plan, idx))).toEqual([
      { first: 0, last: 0 },
      { first: 1, last: 2 },
      { first: 1, last: 2 },
      undefined,
    ])
  })

  it('build on what is before their group', () => {
    const steps = [row(0, 'completed'), row(1, 'completed'), row(2, 'running')]
    expect(stepsBefore(plan, steps, 2)).toEqual([steps[0]])
    expect(stepsBefore(plan, steps, 3)).toEqual(steps)
  })
})

describe('the outputs before a step', () => {
  it('are merged in their order, those of an each as a list in its own', () => {
    const each = [
      { name: 'd', as: 'disks' },
      { name: 'd', as: 'disks' },
      { name: 'none', as: 'nothing', none: true as const },
    ]
    const plan = [{ name: 'a' }, { name: 'b' }, ...each]
    const steps = [
      row(0, 'completed', { output: { a: 1, b: 1, ['__proto__']: 2 } }),
      row(1, 'completed', { output: { b: 2 } }),
      row(2, 'completed', { output: { id: 1 } }),
      row(3, 'skipped', { output: null }),
      row(4, 'completed'),
      row(5, 'completed', { output: 'of no place' }),
    ]
    const context = contextOf(plan, steps)
    expect(context).toMatchObject({ a: 1, b: 2, disks: [{ id: 1 }, null], nothing: [] })
    expect(Object.keys(context)).toContain('__proto__')
  })
})
