import { expect, test } from 'vitest'
import { all, failureOf } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { Forbidden, NotFound } from '../index.ts'

const minute = 60_000
const asked = { type: 'lets_encrypt', name: 'web', dns_names: ['www.example.com'] } as const
const origin = 'assets.fra1.digitaloceanspaces.com'

test("a certificate of Let's Encrypt is asked for, had, found by its name and deleted", async () => {
  const { client, advance } = await simulatedAccount()
  await expect(client.certificates.create(asked)).rejects.toThrow('not managed')
  await client.domains.create({ name: 'example.com' })
  const made = await client.certificates.create(asked)
  expect(made).toMatchObject({ state: 'pending', dns_names: ['www.example.com'] })
  advance(minute)
  const had = await client.certificates.get(made.id)
  expect(had).toEqual({ ...made, state: 'verified' })
  expect(await all(client.certificates.list({ name: 'web' }))).toEqual([had])
  expect(await all(client.certificates.list({ name: 'other' }))).toEqual([])
  await client.certificates.delete(made.id)
  await expect(client.certificates.get(made.id)).rejects.toThrow(NotFound)
})

test('a private key is not in what is thrown over its certificate', async () => {
  const { client } = await simulatedAccount()
  const own = { type: 'custom', name: 'own', leaf_certificate: 'none' } as const
  const failure = await failureOf(client.certificates.create({ ...own, private_key: 'hunter2' }))
  expect(failure).toMatchObject({ code: 'unprocessable' })
  expect(JSON.stringify(failure) + String(failure)).not.toContain('hunter2')
})

test('a CDN endpoint is made, changed, given a domain, purged and deleted', async () => {
  const { client, advance } = await simulatedAccount()
  const made = await client.cdnEndpoints.create({ origin })
  expect(made).toMatchObject({ origin, ttl: 3600 })
  expect(await client.cdnEndpoints.get(made.id)).toEqual(made)
  await client.domains.create({ name: 'example.com' })
  const { id } = await client.certificates.create(asked)
  advance(minute)
  const change = { ttl: 60, certificate_id: id, custom_domain: 'www.example.com' } as const
  const changed = await client.cdnEndpoints.update(made.id, change)
  expect(changed).toEqual({ ...made, ...change })
  expect(await all(client.cdnEndpoints.list())).toEqual([changed])
  await expect(client.certificates.delete(id)).rejects.toThrow(Forbidden)
  await client.cdnEndpoints.purge(made.id, ['*'])
  await client.cdnEndpoints.delete(made.id)
  await expect(client.cdnEndpoints.get(made.id)).rejects.toThrow(NotFound)
})
