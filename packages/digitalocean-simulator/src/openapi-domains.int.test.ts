import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'

test.skipIf(!described)('what is said of domains is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const domain = '/v2/domains/{domain_name}'
  const records = `${domain}/records`
  const record = `${records}/{domain_record_id}`
  const name = 'example.com'
  await checked.check('POST', '/v2/domains', [], { name, ip_address: '192.0.2.1' })
  await checked.check('GET', '/v2/domains')
  await checked.check('GET', domain, [name])
  const order = { type: 'MX', name: '@', data: 'mail.example.', priority: 10 }
  const made = await checked.check('POST', records, [name], order)
  const { id } = z
    .object({ domain_record: z.object({ id: z.number() }) })
    .parse(made.body).domain_record
  await checked.check('GET', records, [name])
  await checked.check('GET', record, [name, id])
  await checked.check('PATCH', record, [name, id], { type: 'MX', priority: 20 })
  await checked.check('PUT', record, [name, id], { ...order, data: 'other.example.' })
  await checked.check('DELETE', record, [name, id])
  await checked.check('DELETE', domain, [name])
  await checked.check('GET', domain, [name])
  expect(checked.found).toEqual([])
})
