import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { Conflict, Forbidden, NotFound, Unprocessable } from '../index.ts'

const shop = { name: 'shop', region: 'fra1', ip_range: '10.10.10.0/24' }

test('a network is made, found, changed and deleted', async () => {
  const { client } = await simulatedAccount()
  const made = await client.vpcs.create(shop)
  expect(made).toMatchObject({ ...shop, default: false })
  expect(await client.vpcs.get(made.id)).toEqual(made)
  expect(await all(client.vpcs.list())).toContainEqual(made)
  await expect(client.vpcs.create(shop)).rejects.toThrow(Unprocessable)
  expect(await client.vpcs.update(made.id, { description: 'sells' })).toEqual({
    ...made,
    description: 'sells',
  })
  await client.vpcs.delete(made.id)
  await expect(client.vpcs.get(made.id)).rejects.toThrow(NotFound)
})

test('what is in a network keeps it from being deleted', async () => {
  const { client, advance } = await simulatedAccount()
  const { id } = await client.vpcs.create(shop)
  const plan = { name: 'web-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }
  const { droplet } = await client.droplets.create({ ...plan, vpc_uuid: id })
  expect(droplet.vpc_uuid).toBe(id)
  const { members } = client.vpcs
  expect(await all(members(id).list())).toMatchObject([{ name: 'web-01' }])
  expect(await all(members(id).list({ resourceType: 'loadbalancer' }))).toEqual([])
  const refused = client.vpcs.delete(id)
  await expect(refused).rejects.toThrow(Conflict)
  await expect(refused).rejects.toMatchObject({ retryable: true })
  advance(60_000)
  await client.droplets.delete(droplet.id)
  advance(60_000)
  await client.vpcs.delete(id)
})

test("another network becomes the region's default, which cannot be deleted", async () => {
  const { client } = await simulatedAccount()
  const { id } = await client.vpcs.create(shop)
  expect(await client.vpcs.update(id, { default: true })).toMatchObject({ default: true })
  await expect(client.vpcs.delete(id)).rejects.toThrow(Forbidden)
})
