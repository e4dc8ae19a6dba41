import { expect, test } from 'vitest'
import { SimulatedApi } from '../../test/simulated-api.ts'

test('regions, with those that take nothing more', async () => {
  await using api = await SimulatedApi.start()
  const { body } = await api.call('GET', '/v2/regions')
  expect(body).toMatchObject({ meta: { total: 14 }, links: {} })
  expect(body).toHaveProperty(
    'regions',
    expect.arrayContaining([
      expect.objectContaining({ slug: 'fra1', name: 'Frankfurt 1', available: true }),
      expect.objectContaining({ slug: 'ams2', available: false, sizes: [] }),
      expect.objectContaining({ slug: 'sfo1', available: false }),
    ]),
  )
})

test('sizes with their prices', async () => {
  await using api = await SimulatedApi.start()
  const { body } = await api.call('GET', '/v2/sizes')
  expect(body).toMatchObject({ meta: { total: 11 } })
  expect(body).toHaveProperty(
    'sizes',
    expect.arrayContaining([
      expect.objectContaining({
        slug: 'm-2vcpu-16gb',
        vcpus: 2,
        memory: 16384,
        disk: 50,
        price_monthly: 84,
        price_hourly: 0.125,
      }),
    ]),
  )
})

test('images by slug, by id and by kind', async () => {
  await using api = await SimulatedApi.start()
  const bySlug = await api.call('GET', '/v2/images/debian-13-x64')
  expect(bySlug).toMatchObject({
    body: { image: { distribution: 'Debian', public: true, status: 'available' } },
  })
  expect(await api.call('GET', '/v2/images/198201457')).toMatchObject({ body: bySlug.body })
  expect(await api.call('GET', '/v2/images?type=distribution')).toMatchObject({
    body: { meta: { total: 8 } },
  })
  const applications = await api.call('GET', '/v2/images?type=application')
  expect(applications).toMatchObject({
    body: { images: [{ slug: 'docker-20-04', public: true, type: 'snapshot' }, {}, {}] },
  })
  expect(await api.call('GET', '/v2/images?private=true')).toMatchObject({ body: { images: [] } })
  expect(await api.status('DELETE', '/v2/images/debian-13-x64')).toBe(403)
  expect(await api.status('GET', '/v2/images/beos')).toBe(404)
})

test('an own image is renamed and deleted under its id', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  await api.done(id, { type: 'snapshot', name: 'first' })
  const [image] = (await api.droplet(id)).snapshot_ids ?? []
  expect(await api.call('PUT', `/v2/images/${image}`, { name: 'second' })).toMatchObject({
    status: 200,
    body: { image: { id: image, name: 'second' } },
  })
  expect(await api.status('DELETE', `/v2/images/${image}`)).toBe(204)
  expect(await api.status('GET', `/v2/snapshots/${image}`)).toBe(404)
})

test('the account', async () => {
  await using api = await SimulatedApi.start()
  expect(await api.call('GET', '/v2/account/')).toMatchObject({
    status: 200,
    body: { account: { status: 'active', droplet_limit: 1000, email_verified: true } },
  })
})
