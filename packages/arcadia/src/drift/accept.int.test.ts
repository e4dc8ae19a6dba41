import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordDeletion } from '../inventory/index.ts'
import { provisionedSpec, recordProvisioned } from '../provisioning/index.ts'
import { explainDrift } from './explain.ts'
import { countWaiting, findDrift, listDrift } from './listing.ts'
import { type DriftWorld, driftWorld } from './testing/drift-world.ts'
import { driftView } from './views.ts'

let world: DriftWorld
let id: number
let resourceId: string
beforeEach(async () => {
  world = await driftWorld()
  const made = await world.droplet({ name: 'web-1' })
  id = made.id
  resourceId = made.resourceId
})
afterEach(() => world.close())

const drifted = async (spec: { [field: string]: string } = { name: 'asked' }) => {
  await world.ask(resourceId, spec)
  await world.sweep()
  const [drift] = await world.waiting()
  if (drift === undefined) throw new Error('nothing differs')
  return drift
}
const gone = async () =>
  recordDeletion(world.db, {
    accountId: world.account.id,
    kind: 'droplet',
    externalId: String(id),
    observedAt: await world.moment(),
  })
const nothingChanged = async () => {
  const { rows } = await world.control.pool.query('select 1 from arcadia.audit_log')
  expect(rows).toEqual([])
  expect(await provisionedSpec(world.db, resourceId)).toMatchObject({ source: 'operator' })
}

describe('accept', () => {
  it('makes the live value what is asked for, with its version, event and audit line', async () => {
    const drift = await drifted()
    const accepted = await world.accept({ id: drift.id })
    expect(accepted).toMatchObject({
      specVersion: 2,
      alsoChange: null,
      drift: { status: 'accepted', resolved_by: 'ann', resolved_at: expect.any(Date) },
    })
    expect(await provisionedSpec(world.db, resourceId)).toMatchObject({
      spec: { name: 'web-1' },
      actor: 'ann',
    })
    const { rows } = await world.control.pool.query(
      'select actor, action, target, detail from arcadia.audit_log',
    )
    expect(rows).toMatchObject([
      {
        actor: 'ann',
        action: 'drift.accept',
        target: `drift/${drift.id}`,
        detail: { field: 'name', expected: 'asked', actual: 'web-1', spec_version: 2 },
      },
    ])
  })

  it('lets what else is open about the resource be decided next', async () => {
    await drifted({ name: 'asked', region: 'ams3' })
    for (const { id: each, spec_version: version } of await world.waiting()) {
      const current = await findDrift(world.db, each)
      expect(current?.spec_version).toBeGreaterThanOrEqual(version)
      await world.accept({ id: each, specVersion: current?.spec_version })
    }
    expect(await provisionedSpec(world.db, resourceId)).toMatchObject({
      spec: { name: 'web-1', region: 'fra1' },
      specVersion: 3,
    })
  })

  it('refuses what is not there, and what was decided already', async () => {
    const stranger = '00000000-0000-7000-8000-000000000000'
    await expect(world.accept({ id: stranger })).rejects.toMatchObject({ code: 'drift_not_found' })
    await expect(world.accept({ id: 'x' })).rejects.toMatchObject({ code: 'drift_not_found' })
    const drift = await drifted()
    await world.accept({ id: drift.id })
    await expect(world.accept({ id: drift.id })).rejects.toMatchObject({
      code: 'drift_act_refused',
      message: expect.stringContaining('kept already'),
    })
  })

  it('lets only one of two win', async () => {
    const drift = await drifted()
    const results = await Promise.allSettled([1, 2, 3].map(() => world.accept({ id: drift.id })))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await provisionedSpec(world.db, resourceId)).toMatchObject({ specVersion: 2 })
  })

  it('refuses when the spec is not the one that was seen', async () => {
    const drift = await drifted()
    await expect(world.accept({ id: drift.id, specVersion: 7 })).rejects.toMatchObject({
      code: 'drift_moved',
    })
    await world.ask(resourceId, { name: 'asked anew' })
    await expect(world.accept({ id: drift.id })).rejects.toMatchObject({ code: 'drift_moved' })
    await nothingChanged()
  })

  it('refuses when the live value is not the one that was seen', async () => {
    const drift = await drifted()
    await expect(world.accept({ id: drift.id, actual: 'web-7' })).rejects.toMatchObject({
      code: 'drift_moved',
      message: 'name is "web-1" by now, not "web-7": look again',
    })
    await world.change(id, { name: 'web-9' })
    await world.observe(id)
    await expect(world.accept({ id: drift.id })).rejects.toMatchObject({ code: 'drift_moved' })
    await nothingChanged()
  })

  it('takes what means the same for the same', async () => {
    const drift = await drifted({ size_slug: 's-2vcpu-4gb' })
    await world.accept({ id: drift.id, actual: 'S-1VCPU-1GB' })
    expect(await provisionedSpec(world.db, resourceId)).toMatchObject({
      spec: { size_slug: 's-1vcpu-1gb' },
    })
  })

  it('refuses while a saga is changing the resource, and says which', async () => {
    const drift = await drifted()
    const key = `${world.account.id}/droplet/${id}`
    world.held.add(key)
    await expect(world.accept({ id: drift.id })).rejects.toMatchObject({
      code: 'resource_locked',
      sagaId: `run-of-${key}`,
    })
    await nothingChanged()
  })

  it('names what to change where another tool owns the spec, which stays its own', async () => {
    await recordProvisioned(world.db, {
      resourceId,
      spec: { size_slug: 's-2vcpu-4gb' },
      source: 'import',
      owner: 'terraform',
      ownerDetail: { address: 'digitalocean_droplet.web' },
    })
    await world.sweep()
    const [drift] = await world.waiting()
    const { alsoChange } = await world.accept({ id: drift?.id ?? '' })
    expect(alsoChange).toBe(
      'Terraform (digitalocean_droplet.web) still asks for another value: change its argument "size"',
    )
    expect(await provisionedSpec(world.db, resourceId)).toMatchObject({ owner: 'terraform' })
  })

  it('forgets what is missing only when its name is typed', async () => {
    await world.ask(resourceId, { name: 'web-1' })
    await gone()
    await world.sweep()
    const [drift] = await world.waiting()
    const order = { id: drift?.id ?? '' }
    await expect(world.accept(order)).rejects.toMatchObject({ code: 'name_not_confirmed' })
    await expect(world.accept({ ...order, confirmName: 'web-2' })).rejects.toMatchObject({
      code: 'name_not_confirmed',
    })
    await nothingChanged()
    expect(await world.accept({ ...order, confirmName: 'web-1' })).toMatchObject({
      specVersion: null,
      drift: { status: 'accepted' },
    })
    expect(await provisionedSpec(world.db, resourceId)).toBeUndefined()
    expect(await world.sweep()).toMatchObject({ opened: 0, stale: 0 })
  })
})

describe('explain', () => {
  it('gives both sides, raw and canonical, the rule, the owner, and what can be done', async () => {
    await recordProvisioned(world.db, {
      resourceId,
      spec: { tags: ['B', 'a'] },
      source: 'operator',
    })
    await world.sweep()
    const [drift] = await world.waiting()
    const explained = await explainDrift(world, drift?.id ?? '')
    expect(explained).toMatchObject({
      drift: { field: 'tags', resource: { name: 'web-1', kind: 'droplet', external_id: `${id}` } },
      rule: { form: 'tag set', described: true, terraform: 'tags' },
      asked_for: { raw: ['B', 'a'], canonical: ['a', 'b'], spec_version: 1, owner: 'arcadia' },
      live: { raw: [], canonical: [], observed_at: expect.any(String) },
      owner: 'ArcadiaCloud',
      locked_by: null,
      acts: [{ act: 'accept', label: 'Keep live', allowed: true, reason: null, needs: [] }],
    })
    expect(explained.rule.rule).toContain('tags are the same when they are the same words')
  })

  it('says why an act is refused now', async () => {
    const drift = await drifted()
    const reason = async () => (await explainDrift(world, drift.id)).acts[0]?.reason
    world.held.add(`${world.account.id}/droplet/${id}`)
    expect(await reason()).toMatch('is changing this resource')
    world.held.clear()
    await world.change(id, { name: 'web-9' })
    await world.observe(id)
    expect(await reason()).toMatch('has changed again')
    await gone()
    expect(await reason()).toMatch('is gone')
    await world.sweep()
    expect(await reason()).toMatch('fixed elsewhere')
  })

  it('knows no other row', async () => {
    await expect(explainDrift(world, 'x')).rejects.toMatchObject({ code: 'drift_not_found' })
  })
})

describe('the list', () => {
  it('gives what waits, newest first, in pages, each with its resource, in one statement', async () => {
    await world.ask(resourceId, { name: 'a', region: 'ams3', size_slug: 'c-2', power: 'off' })
    await world.sweep()
    const all = await world.waiting()
    expect(all).toHaveLength(4)
    world.control.statements()
    const first = await listDrift(world.db, { limit: 3 })
    expect(world.control.statements()).toBe(1)
    const second = await listDrift(world.db, { limit: 3, cursor: first.nextCursor ?? '' })
    expect([...first.data, ...second.data]).toEqual(all)
    expect(second.nextCursor).toBeNull()
    expect([...all].sort((a, b) => (a.id < b.id ? 1 : -1))).toEqual(all)
    const [row] = all
    expect(row && driftView(row)).toMatchObject({
      resource_id: resourceId,
      status: 'open',
      resource: { name: 'web-1', kind: 'droplet', external_id: `${id}` },
    })
  })

  it('is filtered by status, severity, field, kind and resource', async () => {
    await world.ask(resourceId, { name: 'a', power: 'off', region: 'ams3' })
    await world.sweep()
    const [oldest] = (await world.waiting()).filter(({ field }) => field === 'name')
    await world.accept({ id: oldest?.id ?? '' })
    const fields = async (filter: object) =>
      (await listDrift(world.db, { limit: 10, ...filter })).data.map(({ field }) => field).sort()
    expect(await fields({})).toEqual(['power', 'region'])
    expect(await fields({ status: 'accepted' })).toEqual(['name'])
    expect(await fields({ status: ['accepted', 'open'] })).toEqual(['name', 'power', 'region'])
    expect(await fields({ severity: 'critical' })).toEqual(['region'])
    expect(await fields({ field: 'power', kind: 'droplet', resourceId })).toEqual(['power'])
    expect(await fields({ kind: 'snapshot' })).toEqual([])
    expect(await countWaiting(world.db)).toEqual({ open: 2, review: 0 })
  })
})
