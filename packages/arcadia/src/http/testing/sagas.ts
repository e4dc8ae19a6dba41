import {
  approval,
  child,
  parallel,
  type SagaDefinition,
  StepFailed,
  saga,
  signal,
  step,
} from '@arcadia-cloud/saga'
import { z } from 'zod'

/** What stands in the way of the sagas made for tests, each under a name of its own. */
export interface Obstacles {
  /** Until they are cleared away. */
  put(name: string): void
  clear(name: string): void
}

/** Sagas that wait for somebody, get stuck and have parts, for tests of what is done about it. */
export function sagasOfTests(): Obstacles & { readonly sagas: readonly SagaDefinition[] } {
  const obstacles = new Set<string>()
  const input = z.object({ way: z.string().default('') })
  const once = { retry: { attempts: 1 } }
  const stopAt = (way: string, what: string) => {
    if (obstacles.has(`${way}/${what}`)) throw new StepFailed(`${what} stands in the way`)
  }
  const make = step('make_thing', {
    input,
    idempotent: true,
    do: async () => ({ made: true }),
    undo: async ({ input: { way } }) => stopAt(way, 'the undo'),
    undoOptions: once,
  })
  const commit = step('commit_thing', {
    effect: 'pivot',
    idempotent: true,
    do: async () => ({ committed: true }),
  })
  const tell = step('tell_about_thing', {
    ...once,
    input,
    idempotent: true,
    do: async ({ input: { way } }): Promise<{ told: string }> => {
      stopAt(way, 'a closed door')
      return { told: 'by the program' }
    },
    until: async ({ receipt }) => receipt,
    undo: async () => undefined,
  })
  /** By its name it changes a cloud, and is refused while that may not be. */
  const power = step('power_on_droplet', {
    ...once,
    input,
    idempotent: true,
    do: async ({ input: { way } }): Promise<{ powered_on: boolean }> => {
      stopAt(way, 'a fuse')
      return { powered_on: true }
    },
    undo: async () => undefined,
  })
  const approved = saga('approved_change', input)
    .step(make)
    .step(approval('may_it', { payload: z.strictObject({ size: z.int() }).optional() }))
    .step(power)
  return {
    put: (name) => void obstacles.add(name),
    clear: (name) => void obstacles.delete(name),
    sagas: [
      approved,
      saga('told_change', input)
        .step(signal('dns_moved', { payload: z.string() }))
        .step(power),
      saga('two_answers', input).step(
        parallel([approval('may_it_begin'), approval('may_it_cost')]),
      ),
      saga('sticky_way_on', input).step(make).step(commit).step(tell).step(power),
      saga('sticky_cloud', input).step(commit).step(power),
      saga('sticky_way_back', input).step(make).step(approval('may_it')),
      saga('family', input).step(child(approved)),
      saga('locked_change', input, { locks: () => ['a/thing/1'] }).step(approval('may_it')),
    ],
  }
}
