import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { NotFound, Refused } from '../index.ts'

const plan = {
  name: 'shop',
  region: 'fra1',
  version: '1.33',
  node_pools: [{ name: 'web', size: 's-2vcpu-4gb', count: 2 }],
}
const minutes = 60_000

test('a cluster is made, runs, is changed, upgraded and deleted with its nodes', async () => {
  const { client, advance } = await simulatedAccount()
  const made = await client.kubernetes.create(plan)
  expect(made).toMatchObject({ name: 'shop', status: { state: 'provisioning' }, endpoint: '' })
  await expect(client.kubernetes.credentials(made.id)).rejects.toThrow(Refused)
  advance(7 * minutes)
  expect(await client.kubernetes.get(made.id)).toMatchObject({
    status: { state: 'running' },
    node_pools: [{ nodes: [{ status: { state: 'running' } }, { status: { state: 'running' } }] }],
  })
  expect(await all(client.droplets.list({ tagName: `k8s:${made.id}` }))).toHaveLength(2)
  const { token, server } = await client.kubernetes.credentials(made.id, { expirySeconds: 60 })
  expect(token).not.toBe('')
  expect(server).toContain(made.id)
  await client.kubernetes.update(made.id, { name: 'shop', auto_upgrade: true, tags: ['a'] })
  const [to] = await client.kubernetes.upgrades(made.id)
  await client.kubernetes.upgrade(made.id, { version: to?.slug ?? '' })
  advance(15 * minutes)
  const [listed] = await all(client.kubernetes.list())
  expect(listed).toMatchObject({ version: to?.slug, auto_upgrade: true, ha: false })
  await client.kubernetes.delete(made.id)
  advance(minutes)
  await expect(client.kubernetes.get(made.id)).rejects.toThrow(NotFound)
  expect(await all(client.droplets.list())).toEqual([])
})

test('pools of nodes come, grow, shrink and go', async () => {
  const { client, advance } = await simulatedAccount()
  const { id } = await client.kubernetes.create(plan)
  const pool = await client.nodePools.create(id, { name: 'jobs', size: 'c-4', count: 1 })
  const grown = await client.nodePools.update(id, pool.id, { name: 'jobs', count: 3 })
  expect(grown.nodes).toHaveLength(3)
  advance(7 * minutes)
  const [first] = grown.nodes ?? []
  await client.nodePools.deleteNode(id, pool.id, first?.id ?? '', { replace: true })
  advance(minutes)
  const after = await client.nodePools.get(id, pool.id)
  expect(after.nodes).toHaveLength(3)
  expect(after.nodes?.map((node) => node.id)).not.toContain(first?.id)
  expect((await all(client.nodePools.of(id).list())).map(({ name }) => name)).toEqual([
    'web',
    'jobs',
  ])
  await client.nodePools.delete(id, pool.id)
  await expect(client.nodePools.get(id, pool.id)).rejects.toThrow(NotFound)
})

test('what clusters can be had as', async () => {
  const { client } = await simulatedAccount()
  const { versions, sizes } = await client.kubernetes.options()
  expect(versions?.[0]?.slug).toMatch(/^\d+\.\d+\.\d+-do\.\d+$/)
  expect(sizes).toContainEqual(expect.objectContaining({ slug: 's-2vcpu-4gb' }))
})
