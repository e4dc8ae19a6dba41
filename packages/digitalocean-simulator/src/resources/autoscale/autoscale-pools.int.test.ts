import { expect, test } from 'vitest'
import { z } from 'zod'
import { minute, SimulatedApi } from '../../../test/simulated-api.ts'
import { fingerprint, sshKey } from '../../../test/ssh-key.ts'

const all = '/v2/droplets/autoscale'
const one = z.object({ autoscale_pool: z.looseObject({ id: z.string(), status: z.string() }) })
const members = z.object({
  droplets: z.array(z.looseObject({ droplet_id: z.number(), status: z.string() })),
})
const template = {
  region: 'fra1',
  size: 's-1vcpu-1gb',
  image: 'debian-13-x64',
  ssh_keys: [fingerprint],
  tags: ['web'],
}
const plan = { name: 'web', config: { target_number_instances: 3 }, droplet_template: template }

async function create(api: SimulatedApi, changes: object = {}) {
  await api.call('POST', '/v2/account/keys', sshKey)
  const answer = await api.call('POST', all, { ...plan, ...changes })
  return one.parse(answer.body).autoscale_pool
}

const statuses = async (api: SimulatedApi, id: string) =>
  (await api.read(members, `${all}/${id}/members`)).droplets.map((each) => each.status)

test('a pool makes its droplets, and tells what was asked for', async () => {
  await using api = await SimulatedApi.start()
  const made = await create(api, {
    droplet_template: { ...template, user_data: '#cloud-config', vpc_uuid: '', project_id: '' },
  })
  expect(made).toMatchObject({
    name: 'web',
    status: 'active',
    config: { target_number_instances: 3 },
    droplet_template: { ...template, user_data: '#cloud-config' },
    active_resources_count: 3,
  })
  expect(await statuses(api, made.id)).toEqual(['provisioning', 'provisioning', 'provisioning'])
  api.clock.advance(minute)
  expect(await statuses(api, made.id)).toEqual(['active', 'active', 'active'])
  expect(await api.names('?tag_name=web')).toHaveLength(3)
  expect(await api.status('GET', `${all}?name=other`)).toBe(200)
})

test.each([
  [{ config: { target_number_instances: 0 } }, /target_number_instances/],
  [
    { config: { min_instances: 3, max_instances: 2, target_cpu_utilization: 0.5 } },
    /min_instances/,
  ],
  [{ config: { min_instances: 1, max_instances: 2 } }, /target_cpu_utilization/],
  [{ droplet_template: { ...template, ssh_keys: [] } }, /ssh_keys/],
  [{ droplet_template: { ...template, size: 'huge' } }, /invalid size/],
])('a pool with %j is refused, and no droplet made', async (changes, message) => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', all, { ...plan, ...changes })).toMatchObject({
    status: 422,
    body: { message: expect.stringMatching(message) },
  })
  expect(await api.names()).toEqual([])
})

test('a pool shrinks by its newest droplets', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api)
  api.clock.advance(minute)
  const { droplets } = await api.read(members, `${all}/${id}/members`)
  const smaller = { ...plan, config: { target_number_instances: 1 } }
  expect(await api.status('PUT', `${all}/${id}`, smaller)).toBe(200)
  expect(await statuses(api, id)).toEqual(['active', 'deleting', 'deleting'])
  api.clock.advance(minute)
  expect(await api.read(members, `${all}/${id}/members`)).toEqual({
    droplets: [droplets[0]],
  })
})

test('droplets go with their pool only where the header says so', async () => {
  await using api = await SimulatedApi.start()
  const [kept, gone] = [await create(api), await create(api, { name: 'jobs' })]
  const dangerous = (path: string) =>
    fetch(`${api.url}${all}/${path}`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer secret', 'x-dangerous': 'true' },
    })
  expect(await api.status('DELETE', `${all}/${kept.id}/dangerous`)).toBe(400)
  expect(await api.status('DELETE', `${all}/${kept.id}`)).toBe(202)
  expect((await dangerous(gone.id)).status).toBe(202)
  expect(await api.status('PUT', `${all}/${gone.id}`, plan)).toBe(422)
  api.clock.advance(minute)
  expect(await api.names()).toHaveLength(3)
  expect(await api.status('GET', `${all}/${gone.id}`)).toBe(404)
  const other = await create(api)
  expect((await dangerous(`${other.id}/dangerous`)).status).toBe(202)
  api.clock.advance(minute)
  expect(await api.names()).toHaveLength(3)
})

test('droplets of a pool land in the project of its template', async () => {
  await using api = await SimulatedApi.start()
  const made = await api.call('POST', '/v2/projects', { name: 'shop', purpose: 'IoT' })
  const { id } = z.object({ project: z.object({ id: z.string() }) }).parse(made.body).project
  await create(api, { droplet_template: { ...template, project_id: id } })
  expect(await api.call('GET', `/v2/projects/${id}/resources`)).toMatchObject({
    body: { meta: { total: 3 } },
  })
  const lost = { droplet_template: { ...template, project_id: 'lost' } }
  expect(await api.status('POST', all, { ...plan, ...lost })).toBe(404)
})
