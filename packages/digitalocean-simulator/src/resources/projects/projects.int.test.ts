import { expect, test } from 'vitest'
import { z } from 'zod'
import { SimulatedApi, second } from '../../../test/simulated-api.ts'

const one = z.object({ project: z.looseObject({ id: z.string() }) })
const shop = { name: 'shop', purpose: 'Web Application' }

async function make(api: SimulatedApi, changes: object = {}): Promise<string> {
  const answer = await api.call('POST', '/v2/projects', { ...shop, ...changes })
  return one.parse(answer.body).project.id
}

test('an account has a default project from its beginning, the same under a seed', async () => {
  await using api = await SimulatedApi.start()
  const { project } = await api.read(one, '/v2/projects/default')
  expect(project).toMatchObject({
    name: 'first-project',
    is_default: true,
    environment: 'Development',
    owner_id: expect.any(Number),
    created_at: '2026-01-15T12:00:00Z',
  })
  await using other = await SimulatedApi.start()
  expect((await other.read(one, '/v2/projects/default')).project).toEqual(project)
  expect(await api.call('DELETE', `/v2/projects/${project.id}`)).toMatchObject({ status: 409 })
})

test('a project is spelled as DigitalOcean does', async () => {
  await using api = await SimulatedApi.start()
  const id = await make(api, { purpose: 'Fun', environment: 'production' })
  expect((await api.read(one, `/v2/projects/${id}`)).project).toMatchObject({
    purpose: 'Other: Fun',
    environment: 'Production',
    description: '',
  })
  const again = { name: 'shop', purpose: 'Other: Fun', environment: 'Staging', is_default: null }
  expect(await api.call('PUT', `/v2/projects/${id}`, again)).toMatchObject({
    status: 200,
    body: { project: { purpose: 'Other: Fun', environment: 'Staging', is_default: false } },
  })
})

test.each([
  [{ name: '' }, 422],
  [{ name: 'x'.repeat(176) }, 422],
  [{ purpose: undefined }, 422],
  [{ environment: 'Moon' }, 422],
  [{ name: 'first-project' }, 409],
])('a project with %j is refused', async (changes, status) => {
  await using api = await SimulatedApi.start()
  expect(await api.status('POST', '/v2/projects', { ...shop, ...changes })).toBe(status)
})

test('every new resource lands in the default project, and is assigned since it is there', async () => {
  await using api = await SimulatedApi.start()
  const { droplet } = await api.create()
  api.clock.advance(90 * second)
  expect(await api.call('GET', '/v2/projects/default/resources')).toMatchObject({
    body: {
      resources: [
        {
          urn: `do:droplet:${droplet.id}`,
          assigned_at: '2026-01-15T12:00:00Z',
          status: 'ok',
          links: { self: `${api.url}/v2/droplets/${droplet.id}` },
        },
      ],
      links: {},
      meta: { total: 1 },
    },
  })
})

test('a project with resources is not deleted; one whose resources are gone is', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const id = await make(api)
  const resources = [`do:droplet:${droplet}`]
  await api.call('POST', `/v2/projects/${id}/resources`, { resources })
  expect(await api.call('DELETE', `/v2/projects/${id}`)).toMatchObject({
    status: 412,
    body: { message: 'cannot delete a project with resources' },
  })
  await api.call('DELETE', `/v2/droplets/${droplet}`)
  api.clock.advance(60 * second)
  expect(await api.call('GET', `/v2/projects/${id}/resources`)).toMatchObject({
    body: { resources: [], meta: { total: 0 } },
  })
  expect(await api.status('DELETE', `/v2/projects/${id}`)).toBe(204)
  expect(await api.status('GET', `/v2/projects/${id}`)).toBe(404)
})

test('what is not there cannot be assigned, and then nothing is', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const id = await make(api)
  const path = `/v2/projects/${id}/resources`
  const urns = [`do:droplet:${droplet}`, 'do:droplet:1']
  expect(await api.status('POST', path, { resources: urns })).toBe(404)
  expect(await api.status('POST', path, { resources: ['droplet'] })).toBe(422)
  expect(await api.call('GET', path)).toMatchObject({ body: { resources: [] } })
})

test('a new default project takes what comes, not what is there', async () => {
  await using api = await SimulatedApi.start()
  const before = await api.active()
  const id = await make(api)
  expect(await api.status('PATCH', `/v2/projects/${id}`, { is_default: true })).toBe(200)
  const after = await api.active()
  expect(await api.call('GET', '/v2/projects/default/resources')).toMatchObject({
    body: { resources: [{ urn: `do:droplet:${after}` }], meta: { total: 1 } },
  })
  const { projects } = await api.read(
    z.object({ projects: z.array(z.looseObject({ id: z.string(), is_default: z.boolean() })) }),
    '/v2/projects',
  )
  expect(projects.map((each) => each.is_default)).toEqual([false, true])
  expect(await api.call('GET', `/v2/projects/${projects[0]?.id}/resources`)).toMatchObject({
    body: { resources: [{ urn: `do:droplet:${before}` }] },
  })
})
