import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { Conflict, NotFound, Refused } from '../index.ts'

const shop = { name: 'shop', purpose: 'Web Application', environment: 'Production' } as const
const plan = { name: 'web-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

test('a project is made, found, changed and deleted', async () => {
  const { client } = await simulatedAccount()
  const made = await client.projects.create(shop)
  expect(made).toMatchObject({ ...shop, description: '', is_default: false })
  expect(await client.projects.get(made.id)).toEqual(made)
  expect((await all(client.projects.list())).map(({ name }) => name)).toEqual([
    'first-project',
    'shop',
  ])
  await expect(client.projects.create(shop)).rejects.toThrow(Conflict)
  const changed = await client.projects.update(made.id, { description: 'sells', purpose: 'Fun' })
  expect(changed).toMatchObject({ name: 'shop', description: 'sells', purpose: 'Other: Fun' })
  await client.projects.delete(made.id)
  await expect(client.projects.get(made.id)).rejects.toThrow(NotFound)
})

test('what a project holds is moved into it, and has to go before it can', async () => {
  const { client } = await simulatedAccount()
  const { droplet } = await client.droplets.create(plan)
  const urn = `do:droplet:${droplet.id}`
  const home = await client.projects.getDefault()
  expect(await all(client.projects.resources(home.id).list())).toMatchObject([
    { urn, status: 'ok' },
  ])
  const { id } = await client.projects.create(shop)
  expect(await client.projects.assign(id, [urn])).toMatchObject([{ urn, status: 'assigned' }])
  expect(await client.projects.assign(id, [urn])).toMatchObject([
    { urn, status: 'already_assigned' },
  ])
  expect(await all(client.projects.resources(home.id).list())).toEqual([])
  await expect(client.projects.delete(id)).rejects.toThrow(Refused)
  await client.projects.assign(home.id, [urn])
  await client.projects.delete(id)
})

test('another project becomes the default one', async () => {
  const { client } = await simulatedAccount()
  const { id } = await client.projects.create(shop)
  await client.projects.update(id, { is_default: true })
  expect(await client.projects.getDefault()).toMatchObject({ id, is_default: true })
})
