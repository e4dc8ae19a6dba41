import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Action, actionAnswer, actionCollection } from './actions.ts'
import type { Collection } from './collection.ts'

/**
 * What can be done to a volume. Each starts an action and resolves when it was accepted: poll it
 * with {@link get}. An action's `resource_id` is null here, for a volume's id is no number.
 */
export interface VolumeActionsResource {
  get(volumeId: string, actionId: number, options?: CallOptions): Promise<Action>
  /** Of one volume. */
  of(volumeId: string): Collection<Action>
  /**
   * To a droplet of the same region, 15 volumes at most each. `Unprocessable` where it is attached
   * already, and, `retryable`, while the droplet is at something.
   */
  attach(volumeId: string, dropletId: number, options?: CallOptions): Promise<Action>
  /** Unmount it first: what is not written yet is lost. */
  detach(volumeId: string, dropletId: number, options?: CallOptions): Promise<Action>
  /** Grows only. The file system on it does not grow by itself. */
  resize(
    volumeId: string,
    parameters: { readonly size_gigabytes: number },
    options?: CallOptions,
  ): Promise<Action>
}

export function volumeActionsResource(caller: Caller): VolumeActionsResource {
  async function act(
    volumeId: string,
    body: Readonly<Record<string, unknown>> & { readonly type: string },
    { signal }: CallOptions = {},
  ): Promise<Action> {
    const path = pathOf('volumes', volumeId, 'actions')
    const operation = `volumeActions.${body.type}`
    const call = { operation, method: 'POST', path, body, signal } as const
    return (await caller.write({ ...call, schema: actionAnswer })).action
  }
  return {
    get: async (volumeId, actionId, { signal } = {}) => {
      const path = pathOf('volumes', volumeId, 'actions', actionId)
      const call = { operation: 'volumeActions.get', path, signal }
      return (await caller.read({ ...call, schema: actionAnswer })).value.action
    },
    of: (volumeId) =>
      actionCollection(caller, 'volumeActions.of', ['volumes', volumeId, 'actions']),
    attach: (volumeId, dropletId, options) =>
      act(volumeId, { type: 'attach', droplet_id: dropletId }, options),
    detach: (volumeId, dropletId, options) =>
      act(volumeId, { type: 'detach', droplet_id: dropletId }, options),
    resize: (volumeId, { size_gigabytes }, options) =>
      act(volumeId, { type: 'resize', size_gigabytes }, options),
  }
}
