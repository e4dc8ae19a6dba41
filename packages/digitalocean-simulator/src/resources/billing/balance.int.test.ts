import { expect, test } from 'vitest'
import { z } from 'zod'
import { minute, SimulatedApi } from '../../../test/simulated-api.ts'

const hour = 60 * minute
const day = 24 * hour
const balance = z.object({ month_to_date_balance: z.string(), month_to_date_usage: z.string() })

const usage = async (api: SimulatedApi) =>
  (await api.read(balance, '/v2/customers/my/balance')).month_to_date_usage

test('an empty account owes nothing', async () => {
  await using api = await SimulatedApi.start()
  expect(await api.call('GET', '/v2/customers/my/balance')).toMatchObject({
    status: 200,
    body: {
      month_to_date_balance: '0.00',
      account_balance: '0.00',
      month_to_date_usage: '0.00',
      generated_at: '2026-01-15T12:00:00Z',
    },
  })
})

test('a droplet costs what its size says, as long as it is there, and is not forgotten after', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ size: 's-4vcpu-8gb' })
  api.clock.advance(14 * hour - minute)
  expect(await usage(api)).toBe('1.00')
  await api.call('DELETE', `/v2/droplets/${id}`)
  api.clock.advance(5 * day)
  // One more hour had begun when it was gone.
  expect(await usage(api)).toBe('1.07')
  api.clock.advance(20 * day)
  expect(await usage(api)).toBe('0.00')
})

test('backups, snapshots, databases and highly available clusters cost too', async () => {
  await using api = await SimulatedApi.start()
  await api.active({ size: 'c-2', backups: true, backup_policy: { plan: 'weekly', hour: 0 } })
  api.clock.advance(16 * hour - minute)
  expect(await usage(api)).toBe('1.20')
  const made = await api.call('POST', '/v2/databases', {
    name: 'shop',
    engine: 'pg',
    num_nodes: 2,
    size: 'db-s-2vcpu-4gb',
    storage_size_mib: 102400,
    region: 'fra1',
  })
  const { id } = z.object({ database: z.object({ id: z.string() }) }).parse(made.body).database
  const before = Number(await usage(api))
  expect(before).toBeCloseTo(1.2 + (2 * (60 + 40 * 0.21)) / 672, 2)
  await api.call('DELETE', `/v2/databases/${id}`)
  expect(Number(await usage(api))).toBeCloseTo(before, 2)
  await api.call('POST', '/v2/kubernetes/clusters', {
    name: 'shop',
    region: 'fra1',
    version: 'latest',
    ha: true,
    node_pools: [{ name: 'web', size: 's-4vcpu-8gb', count: 1 }],
  })
  expect(Number(await usage(api))).toBeCloseTo(before + (40 + 48) / 672, 2)
})

test('a fleet costs what its sizes add up to, by the end of the month', async () => {
  await using api = await SimulatedApi.start({ seed: { resources: 40 }, rateLimits: false })
  const sizes = z.object({
    sizes: z.array(z.object({ slug: z.string(), price_monthly: z.number() })),
  })
  const price = new Map(
    (await api.read(sizes, '/v2/sizes')).sizes.map((each) => [each.slug, each.price_monthly]),
  )
  const listing = z.object({
    droplets: z.array(z.object({ size_slug: z.string(), features: z.array(z.string()) })),
  })
  const { droplets } = await api.read(listing, '/v2/droplets?per_page=200')
  const images = z.object({ snapshots: z.array(z.object({ size_gigabytes: z.number() })) })
  const { snapshots } = await api.read(images, '/v2/snapshots?per_page=200')
  const storage = z.object({ volumes: z.array(z.object({ size_gigabytes: z.number() })) })
  const { volumes } = await api.read(storage, '/v2/volumes?per_page=200')
  const clusters = z.object({
    databases: z.array(z.object({ size: z.string(), num_nodes: z.number() })),
  })
  const { databases } = await api.read(clusters, '/v2/databases')
  expect(databases).toEqual([{ size: 'db-s-2vcpu-4gb', num_nodes: 2 }])
  const databaseNode = 60
  const expected =
    2 * databaseNode +
    volumes.reduce((sum, each) => sum + each.size_gigabytes * 0.1, 0) +
    droplets
      .map(
        ({ size_slug: slug, features }) =>
          (price.get(slug) ?? 0) * (features.includes('backups') ? 1.3 : 1),
      )
      .reduce((sum, each) => sum + each, 0) +
    snapshots.reduce((sum, each) => sum + each.size_gigabytes * 0.06, 0)
  api.clock.advance(16 * day)
  expect(Number(await usage(api))).toBeCloseTo(expected, 1)
})
