import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Engine } from '../engine/api.ts'
import { child } from './child.ts'
import { step } from './define-step.ts'
import { transact } from './define-transact.ts'
import { approval, signal, sleep } from './define-waits.ts'
import { DefinitionError } from './errors.ts'
import { adapt, parallel } from './parallel.ts'
import { saga } from './saga.ts'
import { type Pending, pending } from './step.ts'

const snapshot = step('create_snapshot', {
  input: z.object({ droplet_id: z.number().int() }),
  key: ({ input, run }) => `snap-${input.droplet_id}-${run.tag}`,
  do: async ({ input, key }) => ({ action_id: input.droplet_id + key.length }),
  find: async ({ key }) => (key === '' ? undefined : { action_id: 1 }),
  until: async ({ receipt }) => {
    expectTypeOf(receipt).toEqualTypeOf<{ action_id: number }>()
    return receipt.action_id > 0 ? { snapshot_id: String(receipt.action_id) } : pending
  },
  undo: async ({ output, receipt }) => {
    expectTypeOf(output).toEqualTypeOf<{ snapshot_id: string } | undefined>()
    expectTypeOf(receipt).toEqualTypeOf<{ action_id: number } | undefined>()
  },
})

const label = step('label', {
  input: z.object({ snapshot_id: z.string() }),
  idempotent: true,
  do: async ({ input }) => ({ label: input.snapshot_id }),
  undo: async () => {},
})

const input = z.object({ droplet_id: z.number().int() })

describe('the types of a saga', () => {
  it('carry each output to the steps after it', () => {
    const built = saga('snapshot_droplet', input)
      .step(snapshot)
      .step(sleep('settle', '5s'))
      .step(label)
    expect(built.steps.map(({ step: { name } }) => name)).toEqual([
      'create_snapshot',
      'settle',
      'label',
    ])
    type Scope = NonNullable<(typeof built)['~types']>['scope']
    expectTypeOf<Scope>().toEqualTypeOf<{
      droplet_id: number
      snapshot_id: string
      label: string
    }>()
  })

  it('refuse a step that needs what nothing before it gives', () => {
    // @ts-expect-error snapshot_id is given by no earlier step
    saga('too_early', input).step(label)
    saga('mapped', input).step(label, {
      with: ({ droplet_id }) => ({ snapshot_id: `${droplet_id}` }),
    })
    const toNumber = ({ droplet_id }: { droplet_id: number }) => ({ snapshot_id: droplet_id })
    // @ts-expect-error the mapping gives a number where a string is needed
    saga('mis_mapped', input).step(label, { with: toNumber })
  })

  it('refuse an output that is there already', () => {
    // @ts-expect-error snapshot_id is given twice
    saga('twice', input).step(snapshot).step(snapshot)
  })

  it('ask for what a schema takes, and give a step what it makes of it', () => {
    const shout = step('shout', {
      effect: 'read',
      input: z.object({ text: z.string().default('ho') }),
      do: ({ input }) => {
        expectTypeOf(input).toEqualTypeOf<{ text: string }>()
        return { shouted: input.text.toUpperCase() }
      },
    })
    expect(saga('shouting', z.object({})).step(shout).steps).toHaveLength(1)
    expect(saga('telling', z.object({ text: z.string() })).step(shout).steps).toHaveLength(1)
    // @ts-expect-error text is there, but not as text
    saga('counting', z.object({ text: z.number() })).step(shout)
  })

  it('let a find say that an effect is there, whatever do gives', () => {
    const quiet = { do: () => {}, undo: () => {} }
    expect(step('quiet', { ...quiet, find: () => null }).find?.length).toBe(0)
    // @ts-expect-error a find cannot give what do does not
    step('odd', { ...quiet, find: () => ({ id: 1 }) })
  })

  it('know what a probe and a transact step give', () => {
    const record = transact('record', {
      input: z.object({ snapshot_id: z.string() }),
      do: async (tx, { input: { snapshot_id } }) => {
        await tx.query('select $1', [snapshot_id])
        return { recorded: true }
      },
    })
    expectTypeOf<NonNullable<(typeof record)['~types']>['gives']>().toEqualTypeOf<{
      recorded: boolean
    }>()
    expectTypeOf<Pending>().toEqualTypeOf<typeof pending>()
  })
})

type ScopeOf<T extends { readonly '~types'?: { readonly scope: unknown } }> = NonNullable<
  T['~types']
>['scope']

const one = z.object({ x: z.number() })
const give = <const Name extends string>(name: Name) =>
  step(name, { effect: 'read', do: () => ({ [name]: 1 }) as { [key in Name]: number } })
const needs = <const Name extends string>(name: Name, needed: string) =>
  step(name, {
    effect: 'read',
    input: z.object({ needed: z.string().default(needed) }),
    do: () => undefined,
  })
const a = give('a')
const b = give('b')
const needsA = step('needs_a', {
  effect: 'read',
  input: z.object({ a: z.number() }),
  do: ({ input: { a } }) => ({ twice: a * 2 }),
})
const needsText = step('needs_text', {
  effect: 'read',
  input: z.object({ text: z.string() }),
  do: () => undefined,
})

describe('the types of steps at once', () => {
  it('need what is there before them all, and give what they all give', () => {
    const built = saga('built', one)
      .step(a)
      .step(parallel([needsA, b], { atOnce: 1 }))
      .step(needs('last', 'x'))
    expectTypeOf<ScopeOf<typeof built>>().toEqualTypeOf<{
      x: number
      a: number
      twice: number
      b: number
    }>()
    expect(built.steps).toHaveLength(4)
  })

  it('refuse a branch that needs what its sibling gives, or what nothing does', () => {
    // @ts-expect-error a is given beside it, not before it
    saga('beside', one).step(parallel([a, needsA]))
    // @ts-expect-error text is given by nothing
    saga('nowhere', z.object({ a: z.number() })).step(parallel([needsA, needsText]))
  })

  it('refuse what two branches give, or what is there already', () => {
    // @ts-expect-error both give a
    parallel([a, give('a')])
    const given = saga('again', one).step(a)
    // @ts-expect-error a is there already
    given.step(parallel([a, b]))
    // @ts-expect-error the input has an x
    saga('input', one).step(parallel([give('x'), b]))
  })

  it('have their needs made of what is there, by adapt', () => {
    const fromX = adapt(needsA, ({ x }: { x: number }) => ({ a: x }))
    const built = saga('adapted', one).step(parallel([fromX, b]))
    expectTypeOf<ScopeOf<typeof built>>().toEqualTypeOf<{ x: number; twice: number; b: number }>()
    expect(built.steps[0]?.with?.({ x: 7 })).toEqual({ a: 7 })
    const fromY = adapt(needsA, ({ y }: { y: number }) => ({ a: y }))
    // @ts-expect-error there is no y
    saga('lacking', one).step(fromY)
    // @ts-expect-error a is a number
    adapt(needsA, ({ x }: { x: string }) => ({ a: x }))
  })
})

describe('the types of a child', () => {
  const below = saga('below', one).step(a).step(b)
  const empty = saga('empty', z.object({})).step(a)

  it('need its input, and give what its steps give: as they are, or under a name', () => {
    const flat = saga('flat', one).step(child(below))
    expectTypeOf<ScopeOf<typeof flat>>().toEqualTypeOf<{ x: number; a: number; b: number }>()
    const named = saga('named', one)
      .step(a)
      .step(child(below, { as: 'inner' }))
    expectTypeOf<ScopeOf<typeof named>>().toEqualTypeOf<{
      x: number
      a: number
      readonly inner: { a: number; b: number }
    }>()
    expect(named.steps.map(({ step: { name } }) => name)).toEqual(['a', 'below'])
  })

  it('may ask for nothing', () => {
    expect(saga('above', one).step(child(empty)).steps).toHaveLength(1)
    expect(saga('beside', one).step(parallel([child(empty), b])).steps).toHaveLength(2)
  })

  it('refuse an input that is not there, and outputs that are', () => {
    const text = z.object({ text: z.string() })
    // @ts-expect-error there is no x
    saga('lacking', text).step(child(below))
    // @ts-expect-error a is there already
    saga('twice', one).step(a).step(child(below))
    const given = saga('named', one).step(a)
    // @ts-expect-error and so is the name
    given.step(child(below, { as: 'a' }))
    // @ts-expect-error a is given beside it
    parallel([a, child(below)])
  })
})

describe('the types of what is waited for', () => {
  it('give who sent it, and what was sent', () => {
    const built = saga('asking', one)
      .step(approval('yes', { payload: z.object({ note: z.string() }), deadline: '1d' }))
      .step(signal('word'))
    expectTypeOf<ScopeOf<typeof built>>().toEqualTypeOf<{
      x: number
      readonly yes: { readonly by: string | null; readonly payload: { note: string } }
      readonly word: { readonly by: string | null; readonly payload: null }
    }>()
    expect(built.steps).toHaveLength(2)
    // @ts-expect-error the name of a step that is waited for is an output like any other
    saga('again', one).step(signal('x'))
  })
})

describe('the types of a computed plan', () => {
  it('give what is not in every plan as what may be missing', () => {
    const sometimes = saga('sometimes', one).step(a, { when: ({ x }) => x > 1 })
    expectTypeOf<ScopeOf<typeof sometimes>>().toEqualTypeOf<{ x: number; a?: number }>()
    // @ts-expect-error a may not be there
    sometimes.step(needsA)
    // @ts-expect-error a may be there already
    sometimes.step(a)
    const mapped = sometimes.step(needsA, { with: ({ a: maybe }) => ({ a: maybe ?? 0 }) })
    expect(mapped.steps[1]?.with?.({ x: 1 })).toEqual({ a: 0 })
    // @ts-expect-error the input has no y
    saga('odd', one).step(a, { when: ({ y }) => y > 1 })
    const both = saga('both', one)
      .step(a)
      .step(needsA, {
        when: ({ x }) => x > 1,
        with: ({ a: known }) => ({ a: known }),
      })
    expectTypeOf<ScopeOf<typeof both>>().toEqualTypeOf<{ x: number; a: number; twice?: number }>()
  })

  it('give a list of what is repeated', () => {
    const list = z.object({ numbers: z.array(z.number()) })
    const built = saga('listed', list).each(
      'all',
      ({ numbers }) => numbers.map((a) => ({ a })),
      needsA,
    )
    expectTypeOf<ScopeOf<typeof built>>().toEqualTypeOf<{
      numbers: number[]
      readonly all: readonly { twice: number }[]
    }>()
    const met = saga('met', list)
      .step(a)
      .each('all', ({ numbers }) => numbers.map(() => ({})), needsA)
    expect(met.parts).toHaveLength(2)
  })

  it('refuse an item without what the step needs, a list that is there, what is not the input', () => {
    const list = z.object({ numbers: z.array(z.number()) })
    // @ts-expect-error the item has no a
    saga('lacking', list).each('all', ({ numbers }) => numbers.map((n) => ({ n })), needsA)
    const items = ({ numbers }: { numbers: number[] }) => numbers.map((n) => ({ a: n }))
    // @ts-expect-error there are numbers already
    saga('again', list).each('numbers', items, needsA)
    // @ts-expect-error the input has no list
    saga('missing', one).each('all', items, needsA)
  })
})

describe('the types of a start', () => {
  it('are those of the input, as its schema takes it', () => {
    const loud = z.object({ text: z.string().default('ho'), times: z.number() })
    const shouting = saga('shouting', loud).step(needsText)
    const starts = (engine: Pick<Engine, 'start'>) => [
      engine.start(shouting, { times: 1 }),
      engine.start(shouting, { times: 1, text: 'hey' }),
      // @ts-expect-error times is missing
      engine.start(shouting, { text: 'hey' }),
      // @ts-expect-error times is a number
      engine.start(shouting, { times: 'twice' }),
    ]
    expect(starts).toHaveLength(1)
  })
})

describe('a step is refused at definition', () => {
  it('when it could repeat its effect blindly', () => {
    expect(() => step('post', { do: () => ({ id: 1 }), undo: () => {} })).toThrow(
      new DefinitionError(
        'step "post" could repeat its effect after a crash: give it a find, or declare it idempotent',
      ),
    )
  })

  it('when nothing takes its effect back and it is no pivot', () => {
    // @ts-expect-error an effect without an undo does not compile either
    expect(() => step('post', { do: () => ({ id: 1 }), idempotent: true })).toThrow(
      /has an effect and no undo/,
    )
  })

  it('when its name or a duration is malformed', () => {
    expect(() => step('Bad name', { effect: 'read', do: () => undefined })).toThrow(DefinitionError)
    expect(() => sleep('rest', -1)).toThrow('"-1" is not a duration')
    // @ts-expect-error no such unit
    expect(() => sleep('rest', '5 parsecs')).toThrow('is not a duration')
  })
})

describe('steps at once are refused at definition', () => {
  const final = step('final', { effect: 'pivot', idempotent: true, do: () => undefined })

  it('when one of them is a pivot, or has one in a child', () => {
    const why = /is a pivot: beside others it could neither go on nor back/
    expect(() => parallel([a, final])).toThrow(why)
    const below = saga('below', z.object({})).step(final)
    expect(() => parallel([child(below), b])).toThrow(why)
    expect(() => saga('each', one).each('all', () => [{}], final)).toThrow(why)
  })

  it('when there are none, or none may run', () => {
    expect(() => parallel([])).toThrow('parallel: give it at least one step')
    for (const atOnce of [0, -1, 1.5, Number.NaN]) {
      expect(() => parallel([a, b], { atOnce })).toThrow(
        `atOnce is ${atOnce}: it must be a whole number from 1`,
      )
      expect(() => saga('each', one).each('all', () => [{}], a, { atOnce })).toThrow('atOnce is')
    }
  })

  it('when a name is not one', () => {
    expect(() => saga('each', one).each('All disks', () => [{}], a)).toThrow(
      'list "All disks": a name is lower-case letters',
    )
    expect(() => approval('May I?')).toThrow(DefinitionError)
    expect(() => signal('x'.repeat(64))).toThrow(DefinitionError)
    expect(() => child(saga('below', one), { name: 'Below' })).toThrow(DefinitionError)
  })
})

describe('a saga is refused at definition', () => {
  it('when its kind or version is malformed', () => {
    expect(() => saga('Snapshot droplet', input)).toThrow(DefinitionError)
    expect(() => saga('snapshot', input, { version: 0 })).toThrow('not a whole number from 1')
  })
})
