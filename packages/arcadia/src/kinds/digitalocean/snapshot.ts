import { identifier, instant, name, number, setOf, slug, tagSet, text } from '../canonical-forms.ts'
import type { Kind } from '../description.ts'
import { valueAt } from '../json.ts'
import { observed, textAt, textsAt } from './field.ts'

const managed = {
  name: {
    pointer: '/name',
    form: name,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'unmanaged',
    change: { how: 'in_place', undoable: true },
    severity: () => 'low',
    terraform: 'name',
    note: 'what it is called; names are not unique',
  },
  regions: {
    pointer: '/regions',
    form: setOf(slug),
    collection: 'set',
    authority: 'managed',
    absentMeans: 'unmanaged',
    change: {
      how: 'in_place',
      undoable: false,
      note: 'a snapshot can be copied into a region, never taken out of one',
    },
    severity: () => 'medium',
    note: 'the slugs of the regions where it can be used',
  },
  tags: {
    pointer: '/tags',
    form: tagSet,
    collection: 'set',
    authority: 'managed',
    absentMeans: { default: [] },
    change: { how: 'in_place', undoable: true },
    severity: () => 'low',
    scope: 'tag:read',
    note: 'its tags',
  },
  resource_id: {
    pointer: '/resource_id',
    form: identifier,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'unmanaged',
    change: { how: 'immutable', undoable: false, note: 'a snapshot is of what it was made of' },
    severity: () => 'high',
    terraform: 'droplet_id',
    note: 'the id of what it was made of',
  },
  resource_type: {
    pointer: '/resource_type',
    form: slug,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'unmanaged',
    change: { how: 'immutable', undoable: false, note: 'a snapshot is of what it was made of' },
    severity: () => 'high',
    note: 'what it was made of: droplet or volume',
  },
} satisfies Kind['fields']

const observedFields = {
  id: observed('/id', identifier, 'its identity'),
  region: observed('/region', text, 'a snapshot can be in several; ask for regions instead'),
  size_slug: observed('/size_slug', text, 'a snapshot has no size to ask for'),
  status: observed('/status', text, 'a snapshot has no status'),
  created_at: observed('/created_at', instant, 'when it was made'),
  min_disk_size: observed('/min_disk_size', number, 'it follows from what it was made of'),
  size_gigabytes: observed('/size_gigabytes', number, 'how much of it is stored and billed'),
} satisfies Kind['fields']

/** A DigitalOcean snapshot of a droplet or of a volume. */
export const snapshot: Kind = {
  name: 'snapshot',
  provider: 'digitalocean',
  plural: 'snapshots',
  // A new one can take a minute to show up in the listings, and a deleted one to leave them.
  settleMs: 60_000,
  listings: (cloud, options) => [cloud.snapshots.pages(options)],
  get: (cloud, externalId, options) => cloud.snapshots.get(externalId, options),
  externalId: (attrs) => String(valueAt(attrs, '/id')),
  // DigitalOcean gives URNs to what can be in a project; a snapshot cannot.
  urn: () => null,
  bornAt: (attrs) => textAt(attrs, '/created_at'),
  columns: (attrs) => {
    const regions = textsAt(attrs, '/regions')
    return {
      name: textAt(attrs, '/name'),
      region: regions.length === 1 ? (regions[0] ?? null) : null,
      size_slug: null,
      status: null,
      tags: textsAt(attrs, '/tags'),
    }
  },
  fields: { ...managed, ...observedFields },
}
