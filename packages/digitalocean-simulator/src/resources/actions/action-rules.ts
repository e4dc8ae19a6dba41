import type { Scope } from '../../http/access.ts'
import type { PowerStatus } from '../droplets/droplet-record.ts'
import type { ActionType } from './action-record.ts'

/** What is always true of one type of action. */
interface ActionRule {
  /** How long the real cloud takes, about, in seconds. */
  readonly seconds: number
  /** What the token must be allowed to do besides `droplet:update`. */
  readonly scopes: readonly Scope[]
  /** The power states in which it is refused, and in which words. */
  readonly refused: Readonly<Partial<Record<PowerStatus, string>>>
}

const off = 'Droplet is already powered off'
const notOn = 'Droplet is powered off'
const mustBeOff = 'Droplet must be powered off to be resized'

export const actionRules: Readonly<Record<ActionType, ActionRule>> = {
  create: { seconds: 30, scopes: [], refused: {} },
  destroy: { seconds: 4, scopes: [], refused: {} },
  snapshot: { seconds: 60, scopes: ['image:create'], refused: {} },
  // What is on is switched on again, and nothing comes of it: Ansible does so with every droplet that
  // it made. The same goes for a shutdown of what is off, as the Terraform provider remarks.
  power_on: { seconds: 8, scopes: [], refused: {} },
  power_off: { seconds: 6, scopes: [], refused: { off } },
  shutdown: { seconds: 15, scopes: [], refused: {} },
  reboot: { seconds: 15, scopes: [], refused: { off: notOn } },
  power_cycle: { seconds: 12, scopes: [], refused: { off: notOn } },
  password_reset: { seconds: 15, scopes: ['droplet:admin'], refused: {} },
  resize: { seconds: 60, scopes: ['droplet:create'], refused: { active: mustBeOff } },
  rename: { seconds: 3, scopes: [], refused: {} },
  rebuild: { seconds: 45, scopes: ['droplet:admin'], refused: {} },
  restore: { seconds: 60, scopes: ['droplet:admin'], refused: {} },
  enable_ipv6: { seconds: 8, scopes: [], refused: {} },
  enable_backups: { seconds: 4, scopes: [], refused: {} },
  change_backup_policy: { seconds: 4, scopes: [], refused: {} },
  disable_backups: { seconds: 4, scopes: [], refused: {} },
  change_kernel: { seconds: 4, scopes: [], refused: {} },
  attach_volume: { seconds: 6, scopes: [], refused: {} },
  detach_volume: { seconds: 5, scopes: [], refused: {} },
  reserve_ip: { seconds: 0, scopes: [], refused: {} },
  assign_ip: { seconds: 8, scopes: [], refused: {} },
  unassign_ip: { seconds: 6, scopes: [], refused: {} },
  image_import: { seconds: 150, scopes: [], refused: {} },
  transfer: { seconds: 120, scopes: [], refused: {} },
  convert: { seconds: 30, scopes: [], refused: {} },
  resize_volume: { seconds: 8, scopes: [], refused: {} },
}
