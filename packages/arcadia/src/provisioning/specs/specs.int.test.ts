import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Account, ensureAccount } from '../../accounts/index.ts'
import {
  controlPlaneDatabase,
  type TestControlPlane,
} from '../../database/testing/control-plane.ts'
import { recordDeletion, recordObservation } from '../../inventory/index.ts'
import { baseline, likePattern } from './baseline.ts'
import {
  amendProvisioned,
  forgetProvisioned,
  provisionedSpec,
  putSpec,
  restoreProvisioned,
} from './current.ts'
import { recordProvisioned } from './record.ts'

let control: TestControlPlane
let account: Account
let resourceId: string
let ordinal = 1_000

beforeAll(async () => {
  control = await controlPlaneDatabase()
  const named = { provider: 'digitalocean', name: 'simulator', simulated: true }
  account = await ensureAccount(control.db, named)
})
afterAll(() => control.drop())
beforeEach(async () => {
  await control.pool.query('truncate arcadia.cloud_resources cascade')
  await control.pool.query('truncate arcadia.audit_log')
  resourceId = await observe({ name: 'web-1' })
})

async function observe(settings: object): Promise<string> {
  ordinal += 1
  const raw = {
    id: ordinal,
    status: 'active',
    size_slug: 's-1vcpu-1gb',
    region: { slug: 'fra1' },
    features: ['monitoring'],
    tags: ['Web'],
    vpc_uuid: 'v-1',
    volume_ids: [],
    ...settings,
  }
  const seen = { accountId: account.id, kind: 'droplet', raw, observedAt: new Date() }
  return (await recordObservation(control.db, seen)).resourceId
}

const eventsOf = async (id: string) => {
  const { rows } = await control.pool.query<{ type: string; detail: object }>(
    `select type, detail from arcadia.cloud_resource_events
      where resource_id = $1 and type = 'provisioned' order by id`,
    [id],
  )
  return rows.map(({ detail }) => detail)
}
const versionsOf = async (id: string) => {
  const { rows } = await control.pool.query<{ spec_version: number; spec: object }>(
    `select spec_version, spec from arcadia.cloud_provisioned_versions
      where resource_id = $1 order by spec_version`,
    [id],
  )
  return rows
}

describe('recordProvisioned', () => {
  it('writes the spec, what it means, the version that is kept, and the event', async () => {
    const spec = { size_slug: 'S-1VCPU-1GB', tags: ['B', 'a'] }
    const recorded = await recordProvisioned(control.db, {
      resourceId,
      spec,
      source: 'operator',
      actor: 'ann',
    })
    expect(recorded).toMatchObject({ specVersion: 1, specHash: expect.stringMatching(/^\w{64}$/) })
    expect(await provisionedSpec(control.db, resourceId)).toMatchObject({
      spec,
      canonical: { size_slug: 's-1vcpu-1gb', tags: ['a', 'b'] },
      owner: 'arcadia',
      actor: 'ann',
    })
    expect(await eventsOf(resourceId)).toEqual([
      { spec_version: 1, source: 'operator', owner: 'arcadia' },
    ])
  })

  it('counts versions up, keeps each, and hashes what the spec means', async () => {
    const entry = { resourceId, source: 'saga' as const }
    const one = await recordProvisioned(control.db, { ...entry, spec: { size_slug: 'c-2' } })
    const two = await recordProvisioned(control.db, { ...entry, spec: { size_slug: 'C-2' } })
    expect([one.specVersion, two.specVersion]).toEqual([1, 2])
    expect(two.specHash).toBe(one.specHash)
    expect(two.writtenAt.getTime()).toBeGreaterThanOrEqual(one.writtenAt.getTime())
    expect(await versionsOf(resourceId)).toEqual([
      { spec_version: 1, spec: { size_slug: 'c-2' } },
      { spec_version: 2, spec: { size_slug: 'C-2' } },
    ])
  })

  it('gives writers at the same time a version each', async () => {
    const writers = Array.from({ length: 8 }, (_, index) =>
      recordProvisioned(control.db, {
        resourceId,
        spec: { name: `web-${index}` },
        source: 'operator',
      }),
    )
    const versions = (await Promise.all(writers)).map(({ specVersion }) => specVersion)
    expect(versions.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('refuses what cannot be asked for, and what is not there', async () => {
    const refused = recordProvisioned(control.db, {
      resourceId,
      spec: { status: 'active', size_slug: 7 },
      source: 'operator',
    })
    await expect(refused).rejects.toMatchObject({
      code: 'spec_refused',
      problems: [{ field: 'status' }, { field: 'size_slug' }],
    })
    const stranger = '00000000-0000-7000-8000-000000000000'
    await expect(
      recordProvisioned(control.db, { resourceId: stranger, spec: {}, source: 'operator' }),
    ).rejects.toMatchObject({ code: 'resource_not_found' })
    expect(await versionsOf(resourceId)).toEqual([])
  })

  it('keeps the owner unless told another', async () => {
    const terraform = { owner: 'terraform' as const, ownerDetail: { address: 'a.b' } }
    await recordProvisioned(control.db, { resourceId, spec: {}, source: 'import', ...terraform })
    await recordProvisioned(control.db, { resourceId, spec: { name: 'x' }, source: 'accept' })
    expect(await provisionedSpec(control.db, resourceId)).toMatchObject({
      owner: 'terraform',
      ownerDetail: { address: 'a.b' },
    })
  })

  it('goes on counting after the resource was forgotten', async () => {
    const entry = { resourceId, spec: { name: 'web-1' }, source: 'operator' as const }
    await recordProvisioned(control.db, entry)
    expect(await forgetProvisioned(control.db, resourceId)).toBe(true)
    expect(await forgetProvisioned(control.db, resourceId)).toBe(false)
    expect((await recordProvisioned(control.db, entry)).specVersion).toBe(2)
  })
})

describe('amendProvisioned', () => {
  it('keeps what it does not name, and is taken back by the version before', async () => {
    const spec = { name: 'web-1', size_slug: 'c-2' }
    await recordProvisioned(control.db, { resourceId, spec, source: 'operator' })
    const changes = { size_slug: 'c-4' }
    const { specVersion, versionBefore } = await amendProvisioned(control.db, {
      resourceId,
      changes,
      source: 'saga',
    })
    expect({ specVersion, versionBefore }).toEqual({ specVersion: 2, versionBefore: 1 })
    const sagaId = '00000000-0000-7000-8000-000000000000'
    await restoreProvisioned(control.db, { resourceId, specVersion, versionBefore, sagaId })
    expect(await provisionedSpec(control.db, resourceId)).toMatchObject({ spec, specVersion: 3 })
    await expect(
      restoreProvisioned(control.db, { resourceId, specVersion, versionBefore, sagaId }),
    ).rejects.toMatchObject({ code: 'spec_moved' })
  })

  it('forgets what was not there before when it is taken back', async () => {
    const changes = { size_slug: 'c-4' }
    const amended = await amendProvisioned(control.db, { resourceId, changes, source: 'saga' })
    const sagaId = '00000000-0000-7000-8000-000000000000'
    await restoreProvisioned(control.db, { resourceId, ...amended, sagaId })
    expect(await provisionedSpec(control.db, resourceId)).toBeUndefined()
  })
})

describe('putSpec', () => {
  it('replaces the spec and says so in the audit log', async () => {
    const put = { resourceId, spec: { name: 'web-1' }, actor: 'ann' }
    await putSpec(control.db, { ...put, specVersion: null })
    await putSpec(control.db, { ...put, spec: { region: 'fra1' }, specVersion: 1 })
    expect(await provisionedSpec(control.db, resourceId)).toMatchObject({
      spec: { region: 'fra1' },
      source: 'operator',
    })
    const { rows } = await control.pool.query('select actor, action, target from arcadia.audit_log')
    expect(rows).toHaveLength(2)
    expect(rows[0]).toEqual({ actor: 'ann', action: 'spec.put', target: `resource/${resourceId}` })
  })

  it('refuses another version than the one there is, and what is gone', async () => {
    const put = { resourceId, spec: { name: 'web-1' }, actor: 'ann' }
    await expect(putSpec(control.db, { ...put, specVersion: 1 })).rejects.toMatchObject({
      code: 'spec_moved',
    })
    const externalId = String(ordinal)
    await recordDeletion(control.db, {
      accountId: account.id,
      kind: 'droplet',
      externalId,
      observedAt: new Date(),
    })
    await expect(putSpec(control.db, put)).rejects.toMatchObject({ code: 'resource_deleted' })
    expect(await versionsOf(resourceId)).toEqual([])
  })
})

describe('baseline', () => {
  const run = (options: object = {}, allLocked = false) => {
    const lockHolders = async (keys: readonly string[] = []) =>
      allLocked ? keys.map((key) => ({ key, runId: 'run', acquiredAt: 0 })) : []
    return baseline({ db: control.db, locks: { lockHolders } }, { actor: 'ann', ...options })
  }

  it('makes every managed field that is live what is asked for', async () => {
    const result = await run()
    expect(result).toMatchObject({ dry_run: false, matched: 1, recorded: 1 })
    expect(await provisionedSpec(control.db, resourceId)).toMatchObject({
      source: 'baseline',
      specVersion: 1,
      spec: { name: 'web-1', size_slug: 's-1vcpu-1gb', region: 'fra1', tags: ['Web'], power: 'on' },
    })
    expect(await eventsOf(resourceId)).toHaveLength(1)
  })

  it('gives the same figures in a dry run, a sample, and writes nothing', async () => {
    for (let index = 0; index < 14; index += 1) await observe({ name: `db-${index}` })
    const dry = await run({ dryRun: true })
    expect(dry.sample).toHaveLength(10)
    expect(await provisionedSpec(control.db, resourceId)).toBeUndefined()
    const { rows } = await control.pool.query('select 1 from arcadia.audit_log')
    expect(rows).toEqual([])
    expect({ ...(await run()), dry_run: true }).toEqual(dry)
    expect(await run()).toMatchObject({ matched: 15, recorded: 0, skipped: { has_spec: 15 } })
  })

  it.each([
    [{ name: 'db-*' }, 2],
    [{ name: 'db-?' }, 1],
    [{ name: 'd%' }, 0],
    [{ tag: 'database' }, 2],
    [{ region: 'AMS3' }, 1],
    [{ kind: 'snapshot' }, 0],
    [{ kind: 'droplet' }, 3],
  ])('takes only what the filters %j let through', async (filter, matched) => {
    await observe({ name: 'db-1', tags: ['Database'], region: { slug: 'ams3' } })
    await observe({ name: 'db-22', tags: ['Database'] })
    expect(await run({ ...filter, dryRun: true })).toMatchObject({ matched, recorded: matched })
  })

  it('passes over what a saga is changing, and what another tool owns, and says why', async () => {
    const owned = await observe({ name: 'tf-1' })
    await recordProvisioned(control.db, {
      resourceId: owned,
      spec: {},
      source: 'import',
      owner: 'terraform',
    })
    const locked = await run({ overwrite: true }, true)
    expect(locked).toMatchObject({ recorded: 0, skipped: { locked: 1, owned_elsewhere: 1 } })
  })

  it('overwrites only when asked to, as the next version', async () => {
    await recordProvisioned(control.db, {
      resourceId,
      spec: { name: 'other' },
      source: 'operator',
    })
    expect(await run()).toMatchObject({ recorded: 0, skipped: { has_spec: 1 } })
    expect(await run({ overwrite: true })).toMatchObject({ recorded: 1 })
    expect(await provisionedSpec(control.db, resourceId)).toMatchObject({
      spec: { name: 'web-1' },
      specVersion: 2,
    })
  })

  it('takes an estate in batches, each in a handful of statements', async () => {
    await control.pool.query(
      `insert into arcadia.cloud_resources (account_id, kind, external_id, name, attrs, canonical,
          canonical_version, content_hash, first_seen_at, last_seen_at, observed_at)
        select account_id, kind, 'copy-' || n, 'copy', attrs, canonical, canonical_version,
          content_hash, now(), now(), now()
        from arcadia.cloud_resources, generate_series(1, 1200) n`,
    )
    control.statements()
    expect(await run()).toMatchObject({ matched: 1201, recorded: 1201 })
    expect(control.statements()).toBeLessThan(20)
  })

  it('reads * and ? as any text and any character, and nothing else', () => {
    expect(likePattern('a%_*?\\')).toBe('a\\%\\_%_\\\\')
  })
})
