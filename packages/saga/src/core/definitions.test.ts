import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { step } from './define-step.ts'
import { transact } from './define-transact.ts'
import { sleep } from './define-waits.ts'
import { DefinitionError } from './errors.ts'
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

describe('a saga is refused at definition', () => {
  it('when its kind or version is malformed', () => {
    expect(() => saga('Snapshot droplet', input)).toThrow(DefinitionError)
    expect(() => saga('snapshot', input, { version: 0 })).toThrow('not a whole number from 1')
  })
})
