import type { Api } from '../api/client.ts'
import { freezeBody, type Saga } from '../api/shapes.ts'
import { ExplainedError } from '../errors.ts'
import { printable } from '../render/text.ts'
import { hasSettled } from './standing.ts'

/** It is said beside something else, which shall not wait for it. */
const patienceMs = 2_000
/** How many looks at a saga that waits come to one at the freeze. */
const looksApart = 8

/**
 * That all is frozen, on a line; undefined where it is not. Nor is it where that cannot be learnt:
 * what was asked for is the sagas.
 */
export async function frozenLine(api: Api): Promise<string | undefined> {
  try {
    const call = { path: '/freeze', withinMs: patienceMs }
    const { frozen, reason } = (await api.call(call, freezeBody)).value
    if (!frozen) return undefined
    const why = reason === null ? '' : ` (${printable(reason)})`
    return `Frozen${why}: no change leaves for any cloud until "arcadia resume".`
  } catch (error) {
    if (error instanceof ExplainedError) return undefined
    throw error
  }
}

/** The same for a saga that is looked at again and again: asked for only while it waits. */
export function frozenLines(api: Api): (saga: Saga) => Promise<string | undefined> {
  let looks = 0
  let line: string | undefined
  return async (saga) => {
    if (hasSettled(saga)) line = undefined
    else if (saga.status === 'waiting') {
      if (looks % looksApart === 0) line = await frozenLine(api)
      looks += 1
    }
    return line
  }
}
