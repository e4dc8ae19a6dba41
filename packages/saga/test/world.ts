import { pending, StepFailed, step, type UndoOptions } from '../src/index.ts'

/** A world of things by name, whose calls a test can make fail, hang, or lose their answers. */
export function world() {
  const things = new Map<string, { ready: boolean }>()
  const calls: string[] = []
  let faults: ((call: string) => void | Promise<void>)[] = []

  async function enter(call: string): Promise<void> {
    calls.push(call)
    const [fault, ...rest] = faults
    if (fault === undefined) return
    faults = rest
    await fault(call)
  }

  return {
    things,
    calls,
    /** One fault for each of the next calls, whatever they are; `pass` lets one through. */
    faults(...next: ((call: string) => void | Promise<void>)[]): void {
      faults = next
    },
    async create(name: string): Promise<{ name: string }> {
      await enter(`create ${name}`)
      things.set(name, { ready: true })
      return { name }
    },
    /** Creates, and then the answer is lost. */
    async createUnanswered(name: string): Promise<never> {
      await enter(`create ${name}`)
      things.set(name, { ready: true })
      throw new Error('the answer was lost')
    },
    async find(name: string): Promise<{ name: string } | undefined> {
      await enter(`find ${name}`)
      return things.has(name) ? { name } : undefined
    },
    async isReady(name: string): Promise<boolean> {
      await enter(`look ${name}`)
      return things.get(name)?.ready === true
    },
    async remove(name: string): Promise<void> {
      await enter(`remove ${name}`)
      things.delete(name)
    },
  }
}

export type World = ReturnType<typeof world>

export const pass = () => {}
export const broken =
  (message = 'broken') =>
  () => {
    throw new Error(message)
  }
export const refused =
  (message = 'refused') =>
  () => {
    throw new StepFailed(message)
  }

/** A step that makes a thing under its key, waits until it is ready, and removes it again. */
export function makeThing(
  world: World,
  options: Readonly<{ lostAnswers?: boolean; undoOptions?: UndoOptions; name?: string }> = {},
) {
  return step(options.name ?? 'make_thing', {
    retry: { attempts: 2, initial: '1s', jitter: 0 },
    every: '5s',
    deadline: '1m',
    settles: '30s',
    key: ({ run, idx }) => `thing-${run.tag}-${idx}`,
    do: ({ key }) =>
      options.lostAnswers === true ? world.createUnanswered(key) : world.create(key),
    find: ({ key }) => world.find(key),
    until: async ({ receipt }) =>
      (await world.isReady(receipt.name)) ? { thing: receipt.name } : pending,
    undo: ({ key }) => world.remove(key),
    undoOptions: {
      retry: { attempts: 3, initial: '1s', factor: 2, jitter: 0 },
      ...options.undoOptions,
    },
  })
}
