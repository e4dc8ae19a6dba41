import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { pageSchema } from './pages.ts'
import { acceptedSchema, driftSchema, explanationSchema } from './schemas/drift.ts'
import {
  resourceEventSchema,
  resourceSchema,
  resourceWithSpecSchema,
  specSchema,
} from './schemas/resource.ts'
import { sagaSchema } from './schemas/saga.ts'
import { type ApiWorld, apiWorld } from './testing/api-world.ts'

let world: ApiWorld
let droplets: readonly z.infer<typeof resourceSchema>[]

beforeAll(async () => {
  world = await apiWorld()
  await world.sync()
  const page = await world.viewer.get(
    '/api/v1/resources?kind=droplet&limit=200',
    pageSchema(resourceSchema),
  )
  droplets = page.data
})
afterAll(() => world.close())

const unknownId = '01890000-0000-7000-8000-000000000000'
const openDrift = async (query = '') =>
  (await world.admin.get(`/api/v1/drift${query}`, pageSchema(driftSchema))).data

/** A droplet of the fleet, each used by one test. */
function droplet(index: number): z.infer<typeof resourceSchema> {
  const found = droplets[index]
  if (found === undefined) throw new Error('the fleet is too small')
  return found
}

describe('resources', () => {
  test('are listed, of a kind or all, a page at a time', async () => {
    expect(new Set(droplets.map(({ kind }) => kind))).toEqual(new Set(['droplet']))
    const ids: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const page: { data: { id: string }[]; next_cursor: string | null } = await world.viewer.get(
        `/api/v1/resources?limit=7${query}`,
        pageSchema(resourceSchema),
      )
      expect(page.data.length).toBeLessThanOrEqual(7)
      ids.push(...page.data.map(({ id }) => id))
      cursor = page.next_cursor
    }
    expect(ids).toEqual([...new Set(ids)].sort())
    expect(ids).toEqual(expect.arrayContaining(droplets.map(({ id }) => id)))
    expect(ids.length).toBeGreaterThan(droplets.length)
    const other = await world.viewer.get(
      `/api/v1/resources?account_id=${unknownId}`,
      pageSchema(resourceSchema),
    )
    expect(other).toEqual({ data: [], next_cursor: null })
  })

  test('are shown with what is asked of them, and what has happened to them', async () => {
    const { id, name } = droplet(0)
    const shown = await world.viewer.get(`/api/v1/resources/${id}`, resourceWithSpecSchema)
    expect(shown).toMatchObject({ id, name, provisioned: null })
    const path = `/api/v1/resources/${id}/events`
    const events = await world.viewer.get(path, pageSchema(resourceEventSchema))
    expect(events.data).toMatchObject([{ type: 'created', resource_id: id }])
  })

  test.each(['', '/events'])('that are not there are 404%s', async (suffix) => {
    for (const id of [unknownId, 'x']) {
      const answer = await world.viewer.call('GET', `/api/v1/resources/${id}${suffix}`)
      expect(answer.status).toBe(404)
    }
  })
})

describe('what is asked for', () => {
  test('is put, counted, and not put over what the caller has not seen', async () => {
    const { id } = droplet(1)
    const path = `/api/v1/resources/${id}/spec`
    const spec = { size_slug: 's-1vcpu-1gb', region: droplet(1).region }
    const first = await world.admin.call('PUT', path, { spec, spec_version: null })
    expect(first).toMatchObject({
      status: 200,
      body: { resource_id: id, spec, spec_version: 1, source: 'operator', actor: 'admin' },
    })
    specSchema.parse(first.body)
    const late = await world.admin.call('PUT', path, { spec, spec_version: null })
    expect(late).toMatchObject({ status: 409, body: { code: 'spec_moved' } })
    const second = await world.admin.call('PUT', path, { spec })
    expect(second).toMatchObject({ status: 200, body: { spec_version: 2 } })
  })

  test('is refused field by field', async () => {
    const path = `/api/v1/resources/${droplet(2).id}/spec`
    const answer = await world.admin.call('PUT', path, { spec: { tags: 7 } })
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'spec_refused', errors: [{ path: 'spec.tags' }] },
    })
    for (const body of [{}, { spec: [] }, { spec: {}, spec_version: 0 }, { spec: {}, more: 1 }]) {
      expect((await world.admin.call('PUT', path, body)).status).toBe(422)
    }
  })

  test('of what is not there is 404', async () => {
    for (const id of [unknownId, 'x']) {
      const answer = await world.admin.call('PUT', `/api/v1/resources/${id}/spec`, { spec: {} })
      expect(answer.status).toBe(404)
    }
  })

  test('becomes what is live, with a rehearsal first', async () => {
    const order = { kind: 'snapshot' }
    const rehearsal = await world.admin.call('POST', '/api/v1/baseline', {
      ...order,
      dry_run: true,
    })
    expect(rehearsal).toMatchObject({ status: 200, body: { dry_run: true } })
    const done = await world.admin.call('POST', '/api/v1/baseline', order)
    expect(done).toMatchObject({ status: 200, body: { ...asDone(rehearsal.body) } })
    expect(await world.admin.call('POST', '/api/v1/baseline', order)).toMatchObject({
      body: { recorded: 0 },
    })
    const wrong = await world.admin.call('POST', '/api/v1/baseline', { kind: 'cat' })
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: 'kind' }] } })
  })
})

describe('drift', () => {
  /** A droplet whose size is another than what is asked for. */
  async function oneDrift(index: number) {
    const { id, region } = droplet(index)
    const spec = { size_slug: 's-1vcpu-512mb-10gb', region }
    await world.admin.call('PUT', `/api/v1/resources/${id}/spec`, { spec })
    await world.sync()
    const [drift, ...others] = await openDrift(`?resource_id=${id}`)
    if (drift === undefined) throw new Error('there is no drift')
    expect(others).toEqual([])
    return drift
  }

  test('is found by a sweep, which is a saga', async () => {
    const answer = await world.admin.call('POST', '/api/v1/drift/detect')
    expect(answer).toMatchObject({ status: 202, body: { kind: 'detect_drift' } })
    const run = await world.ended(sagaSchema.parse(answer.body).id)
    expect(run).toMatchObject({
      status: 'completed',
      context: { drift: { opened: expect.anything() } },
    })
    const other = await world.admin.call('POST', '/api/v1/drift/detect', { account_id: unknownId })
    expect(other.status).toBe(404)
  })

  test('is explained', async () => {
    const drift = await oneDrift(3)
    const why = await world.admin.get(`/api/v1/drift/${drift.id}`, explanationSchema)
    expect(why).toMatchObject({
      drift: { id: drift.id, field: 'size_slug' },
      rule: { kind: 'droplet', field: 'size_slug', rule: expect.stringContaining('size_slug') },
      asked_for: { raw: 's-1vcpu-512mb-10gb', spec_version: 1, owner: 'arcadia' },
      live: { raw: droplet(3).size_slug },
      acts: [{ act: 'accept', label: 'Keep live', allowed: true, reason: null }],
    })
    for (const id of [unknownId, 'x']) {
      expect((await world.admin.call('GET', `/api/v1/drift/${id}`)).status).toBe(404)
    }
  })

  test('is accepted as it was seen, and not as it has become', async () => {
    const drift = await oneDrift(4)
    const path = `/api/v1/drift/${drift.id}/accept`
    for (const seen of [{ spec_version: 7 }, { actual: 'gone' }, { actual: null }]) {
      const answer = await world.admin.call('POST', path, seen)
      expect(answer).toMatchObject({ status: 409, body: { code: 'drift_moved' } })
    }
    const seen = { spec_version: drift.spec_version, actual: drift.actual }
    const accepted = await world.admin.call('POST', path, seen)
    expect(acceptedSchema.parse(accepted.body)).toMatchObject({
      id: drift.id,
      status: 'accepted',
      resolved_by: 'admin',
      accepted_spec_version: drift.spec_version + 1,
    })
    expect(await world.admin.call('POST', path, seen)).toMatchObject({
      status: 409,
      body: { code: 'drift_act_refused' },
    })
    expect(await openDrift(`?status=accepted&resource_id=${drift.resource_id}`)).toHaveLength(1)
  })

  test('needs no body to be accepted', async () => {
    const { id } = await oneDrift(5)
    expect(await world.admin.call('POST', `/api/v1/drift/${id}/accept`)).toMatchObject({
      status: 200,
    })
    for (const other of [unknownId, 'x']) {
      const answer = await world.admin.call('POST', `/api/v1/drift/${other}/accept`)
      expect(answer.status).toBe(404)
    }
  })

  test('of what is gone wants its name', async () => {
    const { id, name, external_id: external } = droplet(6)
    await world.admin.call('PUT', `/api/v1/resources/${id}/spec`, { spec: { name } })
    await fetch(`${world.simulatorUrl}/_simulator/droplets/${external}`, { method: 'DELETE' })
    await world.sync()
    const [drift] = await openDrift(`?resource_id=${id}`)
    expect(drift).toMatchObject({ type: 'missing', field: null })
    const path = `/api/v1/drift/${drift?.id}/accept`
    expect(await world.admin.call('POST', path)).toMatchObject({
      status: 422,
      body: { code: 'name_not_confirmed', errors: [{ path: 'confirm_name' }] },
    })
    expect(await world.admin.call('POST', path, { confirm_name: name })).toMatchObject({
      status: 200,
      body: { accepted_spec_version: null },
    })
    const put = await world.admin.call('PUT', `/api/v1/resources/${id}/spec`, { spec: { name } })
    expect(put).toMatchObject({ status: 409, body: { code: 'resource_deleted' } })
  })

  test('is listed by several statuses at once', async () => {
    const statuses = (await openDrift('?status=open,accepted')).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set(['open', 'accepted']))
  })
})

function asDone(body: unknown): object {
  return typeof body === 'object' && body !== null ? { ...body, dry_run: false } : {}
}
