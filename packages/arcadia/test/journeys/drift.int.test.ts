import { afterAll, beforeAll, expect, test } from 'vitest'
import { resourceWithSpecSchema } from '../../src/http/schemas/resource.ts'
import { beginJourney, type Journey, type Resource } from './journey.ts'

let journey: Journey
let droplets: readonly Resource[]
beforeAll(async () => {
  journey = await beginJourney()
  droplets = await journey.droplets()
})
afterAll(() => journey.close())

/** A droplet of the fleet that no other test uses. */
function droplet(index: number): Resource {
  const found = droplets[index]
  if (found === undefined) throw new Error('the fleet is too small')
  return found
}

const shown = (id: string) => journey.admin.get(`/api/v1/resources/${id}`, resourceWithSpecSchema)

test('on a first start exactly two differences wait, made behind our back', async () => {
  const waiting = await journey.drift()
  expect(waiting.map(({ field }) => field).sort()).toEqual(['name', 'size_slug'])
  expect(new Set(waiting.map((drift) => drift.resource_id)).size).toBe(2)
  await journey.sync()
  expect((await journey.drift()).map(({ id }) => id)).toEqual(waiting.map(({ id }) => id))
})

test('a wrong size that was asked for is the one difference; kept, it is none', async () => {
  const { id, region, size_slug: live } = droplet(4)
  const spec = { size_slug: 's-1vcpu-512mb-10gb', region }
  await journey.admin.call('PUT', `/api/v1/resources/${id}/spec`, { spec })
  await journey.detect()
  const found = await journey.drift(`?resource_id=${id}`)
  expect(found).toMatchObject([
    { type: 'field', field: 'size_slug', expected: spec.size_slug, actual: live, status: 'open' },
  ])
  const version = found[0]?.spec_version ?? 0
  const accepted = await journey.admin.call('POST', `/api/v1/drift/${found[0]?.id}/accept`)
  expect(accepted).toMatchObject({ status: 200, body: { status: 'accepted' } })
  expect(await shown(id)).toMatchObject({
    provisioned: { spec: { size_slug: live, region }, spec_version: version + 1 },
  })
  await journey.detect()
  expect(await journey.drift(`?resource_id=${id}`)).toEqual([])
})

test('a droplet renamed behind our back differs after the next sync; renamed back, it is stale', async () => {
  const { id, name, external_id: external } = droplet(5)
  await journey.changeDroplet(external, { name: 'renamed-by-somebody' })
  await journey.sync()
  const found = await journey.drift(`?resource_id=${id}`)
  expect(found).toMatchObject([
    { field: 'name', expected: name, actual: 'renamed-by-somebody', status: 'open' },
  ])
  await journey.changeDroplet(external, { name: name ?? '' })
  await journey.sync()
  expect(await journey.drift(`?resource_id=${id}`)).toEqual([])
  expect(await journey.drift(`?resource_id=${id}&status=stale`)).toMatchObject([
    { id: found[0]?.id, status: 'stale' },
  ])
})

test('what a saga of ours changed is no difference', async () => {
  const { id, external_id: external } = droplet(6)
  const renamed = await journey.run({
    kind: 'rename_droplet',
    input: { droplet_id: Number(external), name: 'renamed-by-us' },
  })
  expect(renamed).toMatchObject({ status: 'completed' })
  await journey.sync()
  expect(await journey.drift(`?resource_id=${id}`)).toEqual([])
  expect(await shown(id)).toMatchObject({
    name: 'renamed-by-us',
    provisioned: { spec: { name: 'renamed-by-us' }, source: 'saga', saga_id: renamed.id },
  })
})
