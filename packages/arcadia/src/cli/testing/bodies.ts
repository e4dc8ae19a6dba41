import { testNow } from './fake-terminal.ts'

/** A moment so many seconds before all tests happen. */
export function ago(seconds: number): string {
  return new Date(testNow - seconds * 1_000).toISOString()
}

/** A UUID that ends in these digits: what people see of it. */
export function uuid(tag: string): string {
  return `01952f00-0000-7000-8000-${tag.padStart(12, '0')}`
}

export function stepOf(idx: number, name: string, status: string, more: object = {}) {
  return {
    idx,
    name,
    status,
    key: `arcadia/${idx}`,
    input: null,
    receipt: null,
    output: null,
    attempts: 1,
    error: null,
    undo_attempts: 0,
    undo_error: null,
    started_at: ago(10),
    finished_at: status === 'running' ? null : ago(9),
    undo_started_at: null,
    undo_finished_at: null,
    ...more,
  }
}

export function sagaOf(more: object = {}) {
  return {
    id: uuid('5a6a0001'),
    tag: '5a6a0001',
    kind: 'snapshot_droplet',
    version: 1,
    plan: [{ name: 'read_droplet' }, { name: 'create_snapshot' }],
    status: 'running',
    current_step: 0,
    input: { droplet_id: 42 },
    context: {},
    error: null,
    parked: null,
    cancel_requested: false,
    waits_for: null,
    wake_at: null,
    locks: [],
    idempotency_key: null,
    started_by: 'admin',
    created_at: ago(12),
    started_at: ago(12),
    ended_at: null,
    ...more,
  }
}

export function resourceOf(more: object = {}) {
  return {
    id: uuid('4e500001'),
    account_id: uuid('acc0000001'),
    kind: 'droplet',
    external_id: '412345678',
    urn: 'do:droplet:412345678',
    name: 'web-01',
    region: 'fra1',
    size_slug: 's-2vcpu-4gb',
    status: 'active',
    tags: ['env:production'],
    attrs: { id: 412345678, name: 'web-01', vcpus: 2 },
    canonical: {},
    unobservable: [],
    first_seen_at: ago(86_400),
    last_seen_at: ago(90),
    observed_at: ago(90),
    deleted_at: null,
    ...more,
  }
}

export function driftOf(more: object = {}) {
  return {
    id: uuid('d41f0001'),
    account_id: uuid('acc0000001'),
    resource_id: uuid('4e500001'),
    type: 'field',
    field: 'size_slug',
    expected: 's-1vcpu-1gb',
    actual: 's-2vcpu-4gb',
    severity: 'medium',
    status: 'open',
    spec_version: 3,
    spec_hash: 'abc',
    first_seen_at: ago(7_200),
    last_seen_at: ago(90),
    observed_at: ago(90),
    flaps: 0,
    resolved_at: null,
    resolved_by: null,
    resolved_saga_id: null,
    resource: { name: 'web-01', kind: 'droplet', external_id: '412345678' },
    ...more,
  }
}

export function explanationOf(more: object = {}, drift: object = driftOf()) {
  return {
    drift,
    rule: {
      kind: 'droplet',
      field: 'size_slug',
      form: 'slug',
      terraform: 'size',
      rule: 'droplet size_slug: the slug of its size. It can be asked for, and a difference is drift. Compared as slug: upper and lower case are one.',
    },
    asked_for: {
      raw: 's-1vcpu-1gb',
      canonical: 's-1vcpu-1gb',
      spec_version: 3,
      source: 'baseline',
      saga_id: null,
      actor: 'admin',
      written_at: ago(90_000),
      owner: 'arcadia',
      owner_detail: {},
    },
    live: {
      raw: 's-2vcpu-4gb',
      canonical: 's-2vcpu-4gb',
      observed_at: ago(90),
      deleted_at: null,
    },
    judged: {
      expected: 's-1vcpu-1gb',
      expected_canonical: 's-1vcpu-1gb',
      actual: 's-2vcpu-4gb',
      actual_canonical: 's-2vcpu-4gb',
      observed_at: ago(90),
      spec_version: 3,
    },
    owner: 'ArcadiaCloud',
    locked_by: null,
    acts: [
      {
        act: 'accept',
        label: 'Keep live',
        allowed: true,
        reason: null,
        needs: [],
        also_change: null,
      },
    ],
    ...more,
  }
}
