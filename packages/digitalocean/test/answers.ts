/** Answers as the API gives them, reduced to what matters to a test; some fields undescribed. */

export function droplet(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 7,
    name: 'web-1',
    memory: 1024,
    vcpus: 1,
    disk: 25,
    disk_info: [{ type: 'local', size: { amount: 25, unit: 'gib' } }],
    locked: false,
    status: 'active',
    kernel: null,
    created_at: '2026-01-02T03:04:05Z',
    features: ['monitoring'],
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [11],
    image: { id: 1, slug: 'debian-13-x64', name: '13 x64', regions: ['ams3'] },
    volume_ids: [],
    size: { slug: 's-1vcpu-1gb' },
    size_slug: 's-1vcpu-1gb',
    networks: { v4: [{ ip_address: '192.0.2.1', type: 'public' }], v6: [] },
    region: { slug: 'ams3', name: 'Amsterdam 3' },
    tags: ['web'],
    vpc_uuid: '5a4981aa-9653-4bd1-bef5-d6bff52042e4',
    ...overrides,
  }
}

export function action(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 42,
    status: 'in-progress',
    type: 'snapshot',
    started_at: '2026-01-02T03:04:05Z',
    completed_at: null,
    resource_id: 7,
    resource_type: 'droplet',
    region: { slug: 'ams3' },
    region_slug: 'ams3',
    ...overrides,
  }
}

export function snapshot(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '11',
    name: 'before-upgrade',
    created_at: '2026-01-02T03:04:05Z',
    regions: ['ams3'],
    min_disk_size: 25,
    size_gigabytes: 2.34,
    resource_id: '7',
    resource_type: 'droplet',
    tags: [],
    ...overrides,
  }
}

export const account = {
  uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
  email: 'sammy@example.com',
  email_verified: true,
  status: 'active',
  status_message: '',
  droplet_limit: 25,
  team: { uuid: '5df3e3004a17e242b7c20ca6c9fc25b701a47ece', name: 'My Team' },
}

/** A page of a listing, with a link to `next` if there is one. */
export function page(
  key: string,
  items: readonly unknown[],
  { total = items.length, next }: { total?: number; next?: string } = {},
): Record<string, unknown> {
  return {
    [key]: items,
    links: next === undefined ? {} : { pages: { next, last: next } },
    meta: { total },
  }
}
