import { pending, step } from '../src/index.ts'
import type { MatrixCase } from '../src/testing/index.ts'

/**
 * A cloud of things by id, several under one key if they are asked for twice. A thing is ready a
 * while after it was made.
 */
export function cloud({ clock }: Pick<MatrixCase, 'clock'>) {
  const things = new Map<number, { readonly key: string; readonly name: string; readyAt: number }>()
  let made = 0
  const under = (key: string) => [...things].filter(([, thing]) => thing.key === key)
  return {
    things,
    async create(key: string, name: string) {
      made += 1
      things.set(made, { key, name, readyAt: clock.now() + 7_000 })
      return { id: made }
    },
    /** Makes it once for each key. */
    async ensure(key: string, name: string) {
      if (under(key).length > 0) return
      made += 1
      things.set(made, { key, name, readyAt: 0 })
    },
    async find(key: string) {
      const [first] = under(key)
      return first === undefined ? undefined : { id: first[0] }
    },
    async isReady(id: number) {
      return (things.get(id)?.readyAt ?? Number.POSITIVE_INFINITY) <= clock.now()
    },
    async remove(key: string) {
      for (const [id] of under(key)) things.delete(id)
    },
    standing: () => [...things.values()].map(({ name }) => name),
  }
}

/** A {@link cloud}. */
export type Cloud = ReturnType<typeof cloud>

type Keyed = { readonly key: string }
const keyOf =
  (name: string) =>
  ({ run, idx }: { readonly run: { readonly tag: string }; readonly idx: number }) =>
    `${name}-${run.tag}-${idx}`

/** Makes a thing that is there at once. */
export const make = <const Name extends string>(world: Cloud, name: Name) =>
  step(name, {
    settles: '30s',
    key: keyOf(name),
    do: async ({ key }) => ({ [`${name}_id`]: (await world.create(key, name)).id }),
    find: async ({ key }) => {
      const found = await world.find(key)
      return found && { [`${name}_id`]: found.id }
    },
    undo: ({ key }) => world.remove(key),
  })

/** Makes a thing and waits until it is ready. */
export const order = <const Name extends string>(world: Cloud, name: Name) =>
  step(name, {
    settles: '30s',
    every: '5s',
    deadline: '10m',
    key: keyOf(name),
    do: ({ key }) => world.create(key, name),
    find: ({ key }) => world.find(key),
    until: async ({ receipt }) => ((await world.isReady(receipt.id)) ? null : pending),
    undo: ({ key }) => world.remove(key),
  })

/** Makes a thing that can be asked for again and again. */
export const ensure = <const Name extends string>(world: Cloud, name: Name) =>
  step(name, {
    idempotent: true,
    settles: '30s',
    key: keyOf(name),
    do: ({ key }: Keyed) => world.ensure(key, name),
    undo: ({ key }) => world.remove(key),
  })

/** There is no way back from it. */
export const commitTo = <const Name extends string>(world: Cloud, name: Name) =>
  step(name, {
    effect: 'pivot',
    settles: '30s',
    key: keyOf(name),
    do: async ({ key }) => void (await world.create(key, name)),
    find: async ({ key }) => ((await world.find(key)) === undefined ? undefined : null),
  })
