import {
  boolean,
  identifier,
  instant,
  json,
  name,
  number,
  oneOf,
  setOf,
  slug,
  tagSet,
  text,
} from '../canonical-forms.ts'
import type { Attrs, Field, Kind } from '../description.ts'
import { isList, type Json, valueAt } from '../json.ts'
import { observed, textAt, textsAt, writeOnly } from './field.ts'

/** Statuses in which a droplet stays; in the others (new, archive) its power cannot be told. */
const powerByStatus: { readonly [status: string]: 'on' | 'off' } = { active: 'on', off: 'off' }

function power(attrs: Attrs): Json | undefined {
  const status = textAt(attrs, '/status') ?? ''
  return Object.hasOwn(powerByStatus, status) ? powerByStatus[status] : undefined
}

/** Switched on or off as one of the words in `features`. */
function feature(
  word: string,
  field: Pick<Field, 'change' | 'severity' | 'note'> & { terraform: string },
): Field {
  return {
    pointer: '/features',
    read: (attrs) => {
      const features = valueAt(attrs, '/features')
      return features !== undefined && isList(features) ? features.includes(word) : undefined
    },
    form: boolean,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: { default: false },
    ...field,
  }
}

/** What can be asked for. What can change and how: DigitalOcean's API and its Terraform provider. */
const managed = {
  name: {
    pointer: '/name',
    form: name,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'unmanaged',
    change: { how: 'in_place', undoable: true, step: 'rename_droplet' },
    severity: () => 'low',
    terraform: 'name',
    note: 'its host name, which also sets its PTR record',
  },
  region: {
    pointer: '/region/slug',
    form: slug,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'unmanaged',
    change: { how: 'immutable', undoable: false, note: 'a droplet stays in its region' },
    severity: () => 'critical',
    terraform: 'region',
    note: 'the slug of its region',
  },
  size_slug: {
    pointer: '/size_slug',
    form: slug,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'unmanaged',
    change: {
      how: 'disruptive',
      undoable: true,
      step: 'resize_droplet',
      note: 'it is powered off for the resize; the disk keeps its size, so that it can be taken back',
    },
    severity: () => 'high',
    terraform: 'size',
    note: 'the slug of its size, which decides its memory, CPUs and price',
  },
  tags: {
    pointer: '/tags',
    form: tagSet,
    collection: 'set',
    authority: 'managed',
    absentMeans: { default: [] },
    change: { how: 'in_place', undoable: true },
    // Firewalls and load balancers select droplets by tag: another tag may open a port.
    severity: () => 'high',
    terraform: 'tags',
    scope: 'tag:read',
    note: 'its tags, by which firewalls and load balancers select it',
  },
  power: {
    pointer: '/status',
    read: power,
    hiddenIn: (attrs) => power(attrs) === undefined,
    form: oneOf(['on', 'off']),
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'unmanaged',
    change: { how: 'disruptive', undoable: true },
    severity: (_from, to) => (to === 'off' ? 'critical' : 'medium'),
    note: 'whether it runs: "on" while its status is active, "off" while it is off, not to be told in between',
  },
  vpc_uuid: {
    pointer: '/vpc_uuid',
    form: text,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'null',
    change: { how: 'immutable', undoable: false, note: 'a droplet stays in its VPC' },
    severity: () => 'critical',
    terraform: 'vpc_uuid',
    scope: 'vpc:read',
    note: 'the VPC it is in',
  },
  volume_ids: {
    pointer: '/volume_ids',
    form: setOf(text),
    collection: 'set',
    authority: 'managed',
    absentMeans: { default: [] },
    change: { how: 'in_place', undoable: true },
    severity: () => 'high',
    terraform: 'volume_ids',
    scope: 'block_storage:read',
    note: 'the volumes attached to it',
  },
  backups: feature('backups', {
    change: { how: 'in_place', undoable: false, note: 'backups that were deleted stay deleted' },
    severity: (_from, to) => (to === true ? 'low' : 'high'),
    terraform: 'backups',
    note: 'whether it is backed up',
  }),
  ipv6: feature('ipv6', {
    change: { how: 'in_place', undoable: false, note: 'IPv6 can be switched on, never off' },
    severity: () => 'medium',
    terraform: 'ipv6',
    note: 'whether it has an IPv6 address',
  }),
  monitoring: feature('monitoring', {
    change: { how: 'immutable', undoable: false, note: 'chosen when a droplet is made' },
    severity: () => 'low',
    terraform: 'monitoring',
    note: 'whether its agent reports metrics',
  }),
} satisfies Kind['fields']

/** The cloud's own, or derived from what can be asked for. */
const observedFields = {
  id: observed('/id', identifier, 'its identity'),
  status: observed('/status', text, 'it passes through states by itself; ask for power instead'),
  created_at: observed('/created_at', instant, 'when it was made'),
  memory: observed('/memory', number, 'it follows from size_slug'),
  vcpus: observed('/vcpus', number, 'it follows from size_slug'),
  disk: observed('/disk', number, 'it follows from the sizes it has had: a disk never shrinks'),
  disk_info: observed('/disk_info', json, 'it follows from the sizes it has had'),
  gpu_info: observed('/gpu_info', json, 'it follows from size_slug'),
  networks: observed('/networks', json, 'its addresses, which DigitalOcean assigns'),
  features: observed('/features', setOf(text), 'ask for backups, ipv6 or monitoring instead'),
  size: observed('/size', json, 'prices and limits of its size; ask for size_slug instead', true),
  locked: observed('/locked', boolean, 'whether an event is running on it', true),
  kernel: observed('/kernel', json, 'of no effect any more', true),
  backup_ids: observed('/backup_ids', json, 'backups come and go by themselves', true),
  snapshot_ids: observed('/snapshot_ids', json, 'snapshots are resources of their own', true),
  next_backup_window: observed('/next_backup_window', json, 'it moves every day', true),
} satisfies Kind['fields']

/** Given when it is made; what the API shows of them later does not tell whether they changed. */
const writeOnlyFields = {
  image: writeOnly('/image', 'what it was made from; it is not what is on its disk now'),
  user_data: writeOnly('/user_data', 'the API never gives it back'),
  ssh_keys: writeOnly('/ssh_keys', 'the API never gives them back'),
  backup_policy: writeOnly('/backup_policy', 'the droplet does not show it; ask for backups'),
  with_droplet_agent: writeOnly('/with_droplet_agent', 'the API never gives it back'),
  volumes: writeOnly('/volumes', 'ask for volume_ids instead'),
} satisfies Kind['fields']

/** A DigitalOcean droplet: a virtual machine. */
export const droplet: Kind = {
  name: 'droplet',
  provider: 'digitalocean',
  plural: 'droplets',
  settleMs: 10_000,
  // GPU droplets are in no listing but their own.
  listings: (cloud, options) => [
    cloud.droplets.pages(options),
    cloud.droplets.pages({ ...options, type: 'gpus' }),
  ],
  get: (cloud, externalId, options) => cloud.droplets.get(Number(externalId), options),
  externalId: (attrs) => String(valueAt(attrs, '/id')),
  urn: (externalId) => `do:droplet:${externalId}`,
  bornAt: (attrs) => textAt(attrs, '/created_at'),
  columns: (attrs) => ({
    name: textAt(attrs, '/name'),
    region: textAt(attrs, '/region/slug'),
    size_slug: textAt(attrs, '/size_slug'),
    status: textAt(attrs, '/status'),
    tags: textsAt(attrs, '/tags'),
  }),
  fields: { ...managed, ...observedFields, ...writeOnlyFields },
}
