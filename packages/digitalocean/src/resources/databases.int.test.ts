import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { NotFound, Refused, Unprocessable } from '../index.ts'

const plan = {
  name: 'shop-db',
  engine: 'pg',
  num_nodes: 1,
  size: 'db-s-1vcpu-2gb',
  region: 'fra1',
  tags: ['shop'],
} as const
const minutes = 60_000

test('a cluster is made, comes online, is resized and moved, and deleted', async () => {
  const { client, advance } = await simulatedAccount()
  const { id, status } = await client.databases.create(plan)
  expect(status).toBe('creating')
  await expect(client.databases.create(plan)).rejects.toThrow(Unprocessable)
  advance(6 * minutes)
  expect(await client.databases.get(id)).toMatchObject({ ...plan, status: 'online' })
  expect((await all(client.databases.list({ tagName: 'shop' }))).map(({ name }) => name)).toEqual([
    'shop-db',
  ])
  await client.databases.resize(id, { size: 'db-s-2vcpu-4gb', num_nodes: 2 })
  await expect(client.databases.migrate(id, { region: 'ams3' })).rejects.toThrow(Refused)
  advance(7 * minutes)
  await client.databases.migrate(id, { region: 'ams3' })
  advance(15 * minutes)
  expect(await client.databases.get(id)).toMatchObject({
    size: 'db-s-2vcpu-4gb',
    num_nodes: 2,
    region: 'ams3',
    storage_size_mib: 61440,
  })
  await client.databases.delete(id)
  await expect(client.databases.get(id)).rejects.toThrow(NotFound)
})

test('what is set of a cluster is told again', async () => {
  const { client, advance } = await simulatedAccount()
  const { id } = await client.databases.create({ ...plan, version: '15' })
  advance(6 * minutes)
  const rules = [{ type: 'ip_addr', value: '192.0.2.1' }] as const
  await client.databases.setFirewall(id, rules)
  expect(await client.databases.firewall(id)).toMatchObject(rules)
  await client.databases.setMaintenance(id, { day: 'sunday', hour: '03:00' })
  await client.databases.upgrade(id, { version: '17' })
  expect(await client.databases.get(id)).toMatchObject({
    version: '17',
    maintenance_window: { day: 'sunday', hour: '03:00' },
  })
  advance(3 * 24 * 60 * minutes)
  expect(await client.databases.backups(id)).toHaveLength(3)
  const pem = Buffer.from(await client.databases.authority(id), 'base64').toString()
  expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----/)
  expect(await client.databases.options()).toMatchObject({ pg: { versions: expect.any(Array) } })
})

test('users, databases, pools and replicas come and go', async () => {
  const { client, advance } = await simulatedAccount()
  const { id } = await client.databases.create(plan)
  advance(6 * minutes)
  const user = await client.databaseUsers.create(id, { name: 'app' })
  expect(await client.databaseUsers.resetAuth(id, 'app')).not.toEqual(user)
  await client.databaseDbs.create(id, { name: 'orders' })
  const pool = { mode: 'transaction', size: 5, db: 'orders', user: 'app' } as const
  await client.databasePools.create(id, { name: 'web', ...pool })
  await client.databasePools.update(id, 'web', { ...pool, size: 7 })
  expect(await client.databasePools.get(id, 'web')).toMatchObject({ ...pool, size: 7 })
  await client.databaseReplicas.create(id, { name: 'shop-replica' })
  advance(6 * minutes)
  const replica = await client.databaseReplicas.get(id, 'shop-replica')
  expect(replica.status).toBe('online')
  await client.databaseReplicas.promote(id, 'shop-replica')
  expect((await client.databases.get(replica.id)).name).toBe('shop-replica')
  const names = async (kind: { readonly list: () => AsyncIterable<{ readonly name: string }> }) =>
    (await all(kind.list())).map(({ name }) => name)
  expect(await names(client.databaseUsers.of(id))).toEqual(['doadmin', 'app'])
  expect(await names(client.databaseDbs.of(id))).toEqual(['defaultdb', 'orders'])
  expect(await names(client.databaseReplicas.of(id))).toEqual([])
  await client.databasePools.delete(id, 'web')
  await client.databaseDbs.delete(id, 'orders')
  await client.databaseUsers.delete(id, 'app')
  expect(await names(client.databasePools.of(id))).toEqual([])
  await expect(client.databaseUsers.get(id, 'app')).rejects.toThrow(NotFound)
})
