import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Action, actionAnswer } from './actions.ts'
import type { BackupPolicy } from './droplet.ts'
import { type ImageReference, imageReference } from './image-reference.ts'

export interface DropletResize {
  /** A size's slug. */
  readonly size: string
  /** Grows the disk too, which cannot be taken back. Default false. */
  readonly disk?: boolean | undefined
}

export interface EnableBackupsOptions extends CallOptions {
  /** Without one they are daily (source: the API description). */
  readonly backup_policy?: BackupPolicy | undefined
}

/**
 * What can be done to a droplet. Each starts an action and resolves when it was accepted: poll it
 * with {@link get} until it is no longer `in-progress`. A droplet that is at something refuses the
 * next with `Unprocessable`, `retryable: true`.
 */
export interface DropletActionsResource {
  get(dropletId: number, actionId: number, options?: CallOptions): Promise<Action>
  snapshot(
    dropletId: number,
    parameters: { readonly name: string },
    options?: CallOptions,
  ): Promise<Action>
  /** The droplet has to be off. */
  resize(dropletId: number, parameters: DropletResize, options?: CallOptions): Promise<Action>
  rename(
    dropletId: number,
    parameters: { readonly name: string },
    options?: CallOptions,
  ): Promise<Action>
  powerOn(dropletId: number, options?: CallOptions): Promise<Action>
  /** Like pulling the plug. */
  powerOff(dropletId: number, options?: CallOptions): Promise<Action>
  /** Asks the operating system, which may not comply. */
  shutdown(dropletId: number, options?: CallOptions): Promise<Action>
  reboot(dropletId: number, options?: CallOptions): Promise<Action>
  powerCycle(dropletId: number, options?: CallOptions): Promise<Action>
  /** Writes another image over the disk. */
  rebuild(
    dropletId: number,
    parameters: { readonly image: ImageReference },
    options?: CallOptions,
  ): Promise<Action>
  /** Writes one of the droplet's own snapshots or backups, by its id, over the disk. */
  restore(
    dropletId: number,
    parameters: { readonly image: ImageReference },
    options?: CallOptions,
  ): Promise<Action>
  /** There is no way back. */
  enableIpv6(dropletId: number, options?: CallOptions): Promise<Action>
  enableBackups(dropletId: number, options?: EnableBackupsOptions): Promise<Action>
  disableBackups(dropletId: number, options?: CallOptions): Promise<Action>
  /** Of a droplet with backups. */
  changeBackupPolicy(
    dropletId: number,
    parameters: { readonly backup_policy: BackupPolicy },
    options?: CallOptions,
  ): Promise<Action>
  /** The account's owner is sent a new password by mail. */
  passwordReset(dropletId: number, options?: CallOptions): Promise<Action>
}

export function dropletActionsResource(caller: Caller): DropletActionsResource {
  async function act(
    method: Exclude<keyof DropletActionsResource, 'get'>,
    dropletId: number,
    body: Readonly<Record<string, unknown>>,
    { signal }: CallOptions = {},
  ): Promise<Action> {
    const path = pathOf('droplets', dropletId, 'actions')
    const call = { operation: `dropletActions.${method}`, method: 'POST', path, signal } as const
    return (await caller.write({ ...call, body, schema: actionAnswer })).action
  }
  return {
    get: async (dropletId, actionId, { signal } = {}) => {
      const path = pathOf('droplets', dropletId, 'actions', actionId)
      const call = { operation: 'dropletActions.get', path, signal }
      return (await caller.read({ ...call, schema: actionAnswer })).value.action
    },
    snapshot: (id, { name }, options) => act('snapshot', id, { type: 'snapshot', name }, options),
    resize: (id, { size, disk = false }, options) =>
      act('resize', id, { type: 'resize', size, disk }, options),
    rename: (id, { name }, options) => act('rename', id, { type: 'rename', name }, options),
    powerOn: (id, options) => act('powerOn', id, { type: 'power_on' }, options),
    powerOff: (id, options) => act('powerOff', id, { type: 'power_off' }, options),
    shutdown: (id, options) => act('shutdown', id, { type: 'shutdown' }, options),
    reboot: (id, options) => act('reboot', id, { type: 'reboot' }, options),
    powerCycle: (id, options) => act('powerCycle', id, { type: 'power_cycle' }, options),
    rebuild: (id, { image }, options) =>
      act('rebuild', id, { type: 'rebuild', image: imageReference(image) }, options),
    restore: (id, { image }, options) =>
      act('restore', id, { type: 'restore', image: imageReference(image) }, options),
    enableIpv6: (id, options) => act('enableIpv6', id, { type: 'enable_ipv6' }, options),
    enableBackups: (id, { backup_policy, signal } = {}) =>
      act('enableBackups', id, { type: 'enable_backups', backup_policy }, { signal }),
    disableBackups: (id, options) =>
      act('disableBackups', id, { type: 'disable_backups' }, options),
    changeBackupPolicy: (id, { backup_policy }, options) =>
      act('changeBackupPolicy', id, { type: 'change_backup_policy', backup_policy }, options),
    passwordReset: (id, options) => act('passwordReset', id, { type: 'password_reset' }, options),
  }
}
