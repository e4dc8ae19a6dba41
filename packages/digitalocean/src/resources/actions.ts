import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const action = z.looseObject({
  id: z.int(),
  /** Closed, unlike other vocabularies: callers decide by it, and must not guess at a fourth. */
  status: z.enum(['in-progress', 'completed', 'errored']),
  /** E.g. `create`, `snapshot`, `power_off`. */
  type: z.string(),
  /** RFC 3339. The snapshot that an action makes has this as its `created_at`. */
  started_at: z.string(),
  completed_at: z.string().nullish(),
  /** What it is done to: of a snapshot action the droplet, never the snapshot made. */
  resource_id: z.int().nullish(),
  resource_type: z.string(),
  region_slug: z.string().nullish(),
})

/** Something that takes DigitalOcean a while. */
export type Action = z.infer<typeof action>

/** The shape of an answer with one action. */
export const actionAnswer = z.looseObject({ action })

export interface ActionsResource extends Collection<Action> {
  get(id: number, options?: CallOptions): Promise<Action>
}

/** The actions under `path`: all of the account's, or those of one resource. */
export function actionCollection(
  caller: Caller,
  operation: string,
  path: readonly (string | number)[],
): Collection<Action> {
  return collection(caller, {
    operation,
    path,
    schema: z.looseObject({ actions: z.array(action), ...pageShape }),
    items: (answer) => answer.actions,
  })
}

export function actionsResource(caller: Caller): ActionsResource {
  return {
    ...actionCollection(caller, 'actions.list', ['actions']),
    get: async (id, { signal } = {}) => {
      const call = { operation: 'actions.get', path: pathOf('actions', id), signal }
      return (await caller.read({ ...call, schema: actionAnswer })).value.action
    },
  }
}
