import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { NotFound, Unprocessable } from '../index.ts'

const name = 'example.com'

test('a domain is made, found and deleted', async () => {
  const { client } = await simulatedAccount()
  const made = await client.domains.create({ name, ip_address: '192.0.2.1' })
  expect(made).toMatchObject({ name, ttl: 1800, zone_file: null })
  const found = await client.domains.get(name)
  expect(found.zone_file).toContain('IN A 192.0.2.1')
  expect(await all(client.domains.list())).toEqual([found])
  await expect(client.domains.create({ name })).rejects.toThrow(Unprocessable)
  await client.domains.delete(name)
  await expect(client.domains.get(name)).rejects.toThrow(NotFound)
})

test('a record is made, found by its name and type, changed and deleted', async () => {
  const { client } = await simulatedAccount()
  await client.domains.create({ name })
  const records = client.domainRecords
  const made = await records.create(name, { type: 'A', name: 'www', data: '192.0.2.1', ttl: 60 })
  expect(made).toMatchObject({ type: 'A', name: 'www', data: '192.0.2.1', ttl: 60, port: null })
  expect(await records.get(name, made.id)).toEqual(made)
  const named = await all(records.of(name).list({ name: 'www.example.com', type: 'A' }))
  expect(named).toEqual([made])
  expect((await all(records.of(name).list())).map(({ type }) => type)).toEqual([
    'SOA',
    'NS',
    'NS',
    'NS',
    'A',
  ])
  const changed = await records.update(name, made.id, { type: 'A', data: '192.0.2.2' })
  expect(changed).toEqual({ ...made, data: '192.0.2.2' })
  await records.delete(name, made.id)
  await expect(records.get(name, made.id)).rejects.toThrow(NotFound)
  const relative = { type: 'CNAME', name: 'www', data: 'other' } as const
  await expect(records.create(name, relative)).rejects.toThrow('end with a dot')
})
