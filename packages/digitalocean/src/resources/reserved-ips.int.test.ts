import { describe, expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { NotFound, Unprocessable } from '../index.ts'

const plan = { name: 'web-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

describe.each(['reservedIps', 'floatingIps'] as const)('%s', (name) => {
  test('are reserved, found and given back', async () => {
    const { client } = await simulatedAccount()
    const { reservedIp, ...rest } = await client[name].create({ region: 'fra1' })
    expect(rest).toEqual({})
    expect(reservedIp).toMatchObject({ droplet: null, locked: false, region: { slug: 'fra1' } })
    expect(await client[name].get(reservedIp.ip)).toEqual(reservedIp)
    expect(await all(client[name].list())).toEqual([reservedIp])
    await client[name].delete(reservedIp.ip)
    await expect(client[name].get(reservedIp.ip)).rejects.toThrow(NotFound)
  })

  test('are led to a droplet and away', async () => {
    const { client, advance } = await simulatedAccount()
    const { droplet } = await client.droplets.create(plan)
    advance(60_000)
    const { reservedIp, actionId } = await client[name].create({ droplet_id: droplet.id })
    const { ip } = reservedIp
    expect(await client[name].getAction(ip, actionId ?? 0)).toMatchObject({ status: 'in-progress' })
    const busy = client[name].unassign(ip)
    await expect(busy).rejects.toThrow(Unprocessable)
    await expect(busy).rejects.toMatchObject({ retryable: true })
    advance(60_000)
    expect((await client[name].get(ip)).droplet?.id).toBe(droplet.id)
    expect(await client[name].unassign(ip)).toMatchObject({ type: 'unassign_ip' })
    advance(60_000)
    expect(await client[name].assign(ip, droplet.id)).toMatchObject({ type: 'assign_ip' })
    const actions = await all(client[name].actions(ip).list())
    expect(actions.map(({ type }) => type)).toEqual([
      'assign_ip',
      'unassign_ip',
      'assign_ip',
      'reserve_ip',
    ])
  })
})

test('addresses of version 6 are reserved, led to a droplet, away, and given back', async () => {
  const { client, advance } = await simulatedAccount()
  const { droplet } = await client.droplets.create({ ...plan, ipv6: true })
  advance(60_000)
  const made = await client.reservedIpv6s.create({ region_slug: 'fra1' })
  expect(await client.reservedIpv6s.get(made.ip)).toEqual(made)
  expect(await all(client.reservedIpv6s.list())).toEqual([made])
  const action = await client.reservedIpv6s.assign(made.ip, droplet.id)
  advance(60_000)
  expect(await client.actions.get(action.id)).toMatchObject({ status: 'completed' })
  expect((await client.reservedIpv6s.get(made.ip)).droplet?.id).toBe(droplet.id)
  await expect(client.reservedIpv6s.delete(made.ip)).rejects.toThrow(Unprocessable)
  await client.reservedIpv6s.unassign(made.ip)
  advance(60_000)
  await client.reservedIpv6s.delete(made.ip)
  await expect(client.reservedIpv6s.get(made.ip)).rejects.toThrow(NotFound)
})
