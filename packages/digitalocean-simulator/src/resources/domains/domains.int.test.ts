import { expect, test } from 'vitest'
import { z } from 'zod'
import { SimulatedApi } from '../../../test/simulated-api.ts'

const record = z.looseObject({ id: z.number(), type: z.string(), data: z.string() })
const oneRecord = z.object({ domain_record: record })
const records = z.object({ domain_records: z.array(record), meta: z.object({ total: z.number() }) })
const path = '/v2/domains/example.com/records'

async function start(changes: object = {}): Promise<SimulatedApi> {
  const api = await SimulatedApi.start()
  await api.call('POST', '/v2/domains', { name: 'example.com', ...changes })
  return api
}

async function add(api: SimulatedApi, order: object): Promise<number> {
  return oneRecord.parse((await api.call('POST', path, order)).body).domain_record.id
}

async function listed(api: SimulatedApi, query = '') {
  return (await api.read(records, `${path}${query}`)).domain_records
}

test('a domain is made with the records that every zone has', async () => {
  await using api = await SimulatedApi.start()
  const order = { name: 'Example.com', ip_address: '192.0.2.1' }
  expect(await api.call('POST', '/v2/domains', order)).toMatchObject({
    status: 201,
    body: { domain: { name: 'example.com', ttl: 1800, zone_file: null } },
  })
  expect(await listed(api)).toMatchObject([
    { type: 'SOA', name: '@', data: '1800' },
    { type: 'NS', name: '@', data: 'ns1.digitalocean.com', ttl: 1800, priority: null },
    { type: 'NS', name: '@', data: 'ns2.digitalocean.com' },
    { type: 'NS', name: '@', data: 'ns3.digitalocean.com' },
    { type: 'A', name: '@', data: '192.0.2.1' },
  ])
  expect(await api.call('GET', '/v2/domains/example.com')).toMatchObject({
    body: {
      domain: {
        zone_file: `$ORIGIN example.com.
$TTL 1800
example.com. IN SOA ns1.digitalocean.com. hostmaster.example.com. 1768478400 10800 3600 604800 1800
example.com. 1800 IN NS ns1.digitalocean.com.
example.com. 1800 IN NS ns2.digitalocean.com.
example.com. 1800 IN NS ns3.digitalocean.com.
example.com. 1800 IN A 192.0.2.1
`,
      },
    },
  })
  expect(await api.call('GET', '/v2/domains')).toMatchObject({
    body: { domains: [{ name: 'example.com' }], meta: { total: 1 } },
  })
  expect(await api.status('DELETE', '/v2/domains/example.com')).toBe(204)
  expect(await api.status('GET', path)).toBe(404)
  expect(await api.status('POST', '/v2/domains', order)).toBe(201)
  expect((await listed(api)).length).toBe(5)
})

test.each([
  { name: '' },
  { name: 'no_tld' },
  { name: 'x..com' },
  { name: 'example.com' },
  {
    name: 'other.com',
    ip_address: '2001:db8::1',
  },
])('the domain %j is refused', async (order) => {
  await using api = await start()
  expect(await api.status('POST', '/v2/domains', order)).toBe(422)
})

test.each([
  [
    { type: 'A', name: 'www', data: '192.0.2.1', ttl: 60 },
    { ttl: 60, priority: null },
  ],
  [{ type: 'AAAA', name: '@', data: '2001:db8::1' }, { ttl: 1800 }],
  [{ type: 'A', name: '*', data: '192.0.2.1' }, { name: '*' }],
  // Names and hosts in full come back as they are written in the zone.
  [{ type: 'A', name: 'www.example.com.', data: '192.0.2.1' }, { name: 'www' }],
  [{ type: 'CNAME', name: 'www', data: 'other.example.' }, { data: 'other.example' }],
  [{ type: 'CNAME', name: 'www', data: 'example.com.' }, { data: '@' }],
  [{ type: 'CNAME', name: 'www', data: '@' }, { data: '@' }],
  [
    { type: 'MX', name: '@', data: 'mail.example.', priority: 10 },
    { name: '@', priority: 10 },
  ],
  [
    { type: 'NS', name: 'sub', data: 'ns.example.' },
    { name: 'sub', data: 'ns.example' },
  ],
  [{ type: 'TXT', name: '@', data: 'v=spf1 -all' }, { data: 'v=spf1 -all' }],
  [
    { type: 'SRV', name: '_sip._tcp', data: 'sip.example.', priority: 1, port: 5060, weight: 2 },
    { data: 'sip.example', priority: 1, port: 5060, weight: 2 },
  ],
  [
    { type: 'CAA', name: '@', data: 'letsencrypt.org.', flags: 0, tag: 'issue' },
    { data: 'letsencrypt.org', flags: 0, tag: 'issue' },
  ],
  [
    { type: 'CAA', name: '@', data: 'mailto:a@example.com', flags: 0, tag: 'iodef' },
    { data: 'mailto:a@example.com' },
  ],
  // The official Go client sends zeros for what a type does not have.
  [
    { type: 'A', name: 'zero', data: '192.0.2.1', priority: 0, weight: 0, flags: 0, ttl: 0 },
    { priority: null, port: null, weight: null, flags: null, tag: null, ttl: 1800 },
  ],
])('%j is a record', async (order, view) => {
  await using api = await start()
  expect(await api.call('POST', path, order)).toMatchObject({
    status: 201,
    body: { domain_record: { type: order.type, ...view } },
  })
})

const dot = 'Data needs to end with a dot (.)'

test.each([
  [{ type: 'a', name: 'www', data: '192.0.2.1' }, 'Record type is not included in the list'],
  [{ type: 'SOA', name: '@', data: '1800' }, 'one SOA record'],
  [{ type: 'A', name: 'www' }, "Data can't be blank"],
  [{ type: 'A', data: '192.0.2.1' }, "Name can't be blank"],
  [{ type: 'A', name: 'a b', data: '192.0.2.1' }, 'not a valid hostname'],
  [{ type: 'A', name: 'www', data: 'example.com' }, 'IPv4'],
  [{ type: 'AAAA', name: 'www', data: '192.0.2.1' }, 'IPv6'],
  [{ type: 'CNAME', name: 'www', data: 'other.example' }, dot],
  [{ type: 'MX', name: '@', data: 'mail.example', priority: 10 }, dot],
  [{ type: 'CAA', name: '@', data: 'letsencrypt.org', flags: 0, tag: 'issue' }, dot],
  [{ type: 'CAA', name: '@', data: 'letsencrypt.org.', flags: 0 }, "Tag can't be blank"],
  [{ type: 'CAA', name: '@', data: 'x.', flags: 0, tag: 'x' }, 'Tag is not included'],
  [{ type: 'CAA', name: '@', data: 'x.', flags: 256, tag: 'issue' }, 'between 0 and 255'],
  [{ type: 'SRV', name: '_a._b', data: 'x.', port: 65_536 }, 'between 0 and 65535'],
  [{ type: 'A', name: 'www', data: '192.0.2.1', ttl: 29 }, 'between 30'],
  [{ type: 'CNAME', name: 'taken', data: 'x.' }, 'CNAME records cannot share a name'],
  [{ type: 'A', name: 'alias', data: '192.0.2.1' }, 'CNAME records cannot share a name'],
])('%j is refused', async (order, message) => {
  await using api = await start()
  await add(api, { type: 'A', name: 'taken', data: '192.0.2.1' })
  await add(api, { type: 'CNAME', name: 'alias', data: 'x.' })
  expect(await api.call('POST', path, order)).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining(message) },
  })
})

test('records are listed by their name in full and by their type', async () => {
  await using api = await start()
  await add(api, { type: 'A', name: 'www', data: '192.0.2.1' })
  await add(api, { type: 'AAAA', name: 'www', data: '2001:db8::1' })
  await add(api, { type: 'A', name: '@', data: '192.0.2.2' })
  const data = async (query: string) => (await listed(api, query)).map((each) => each.data)
  expect(await data('?name=www.example.com')).toEqual(['192.0.2.1', '2001:db8::1'])
  expect(await data('?name=www.example.com&type=AAAA')).toEqual(['2001:db8::1'])
  expect(await data('?name=example.com&type=A')).toEqual(['192.0.2.2'])
  expect(await data('?name=www')).toEqual([])
})

test('a record is changed with its type, keeps what was left out, and is deleted', async () => {
  await using api = await start()
  const order = { type: 'MX', name: 'mail', data: 'a.example.', priority: 10, ttl: 60 }
  const id = await add(api, order)
  const one = `${path}/${id}`
  expect(await api.status('PATCH', one, { data: 'b.example.' })).toBe(422)
  expect(await api.status('PATCH', one, { type: 'A', data: '192.0.2.1' })).toBe(422)
  expect(await api.call('PATCH', one, { type: 'MX', priority: 0 })).toMatchObject({
    status: 200,
    body: { domain_record: { id, data: 'a.example', priority: 0, name: 'mail', ttl: 60 } },
  })
  expect(await api.call('PUT', one, { type: 'MX', data: 'b.example.', name: '' })).toMatchObject({
    status: 200,
    body: { domain_record: { data: 'b.example', name: 'mail' } },
  })
  await add(api, { type: 'CNAME', name: 'alias', data: 'x.' })
  expect(await api.status('PATCH', one, { type: 'MX', name: 'alias' })).toBe(422)
  await api.call('POST', '/v2/domains', { name: 'other.com' })
  expect(await api.status('GET', `/v2/domains/other.com/records/${id}`)).toBe(404)
  expect(await api.status('DELETE', one)).toBe(204)
  expect(await api.status('GET', one)).toBe(404)
  const [soa] = await listed(api, '?type=SOA')
  expect(await api.status('DELETE', `${path}/${soa?.id}`)).toBe(422)
})

test('a record is changed without its type as the Terraform provider does it', async () => {
  await using api = await start()
  const id = await add(api, { type: 'CNAME', name: 'www', data: 'a.example.', ttl: 60 })
  const order = {
    name: 'www',
    data: 'b.example.',
    priority: 0,
    port: 0,
    ttl: 300,
    weight: 0,
    flags: 0,
  }
  expect(await api.call('PUT', `${path}/${id}`, order)).toMatchObject({
    status: 200,
    body: { domain_record: { id, type: 'CNAME', data: 'b.example', ttl: 300 } },
  })
  expect(await api.status('PUT', `${path}/${id}`, { ...order, type: 'A' })).toBe(422)
})

test('a zone is written with every type of record', async () => {
  await using api = await start()
  await add(api, { type: 'MX', data: 'mail.example.', priority: 10 })
  await add(api, { type: 'CNAME', name: 'www', data: '@' })
  await add(api, { type: 'TXT', name: 't', data: 'a "b"' })
  await add(api, { type: 'SRV', name: '_a._b', data: 'x.', priority: 1, port: 2, weight: 3 })
  await add(api, { type: 'CAA', name: '@', data: 'c.', flags: 0, tag: 'issue' })
  const { body } = await api.call('GET', '/v2/domains/example.com')
  const zone = z.object({ domain: z.object({ zone_file: z.string() }) }).parse(body)
  expect(zone.domain.zone_file.split('\n').slice(6)).toEqual([
    'example.com. 1800 IN MX 10 mail.example.',
    'www.example.com. 1800 IN CNAME example.com.',
    't.example.com. 1800 IN TXT "a \\"b\\""',
    '_a._b.example.com. 1800 IN SRV 1 3 2 x.',
    'example.com. 1800 IN CAA 0 issue "c"',
    '',
  ])
})

test('records are made and deleted with either of two scopes', async () => {
  const tokens = [
    { token: 'maker', scopes: ['domain:create' as const] },
    { token: 'remover', scopes: ['domain:delete' as const] },
    { token: 'changer', scopes: ['domain:update' as const] },
    { token: 'reader', scopes: 'read' as const },
  ]
  await using api = await SimulatedApi.start({ tokens })
  await api.call('POST', '/v2/domains', { name: 'example.com' }, 'maker')
  const order = { type: 'A', name: 'www', data: '192.0.2.1' }
  const make = (token: string) => api.call('POST', path, order, token)
  const made = oneRecord.parse((await make('changer')).body).domain_record
  expect(await make('maker')).toMatchObject({ status: 201 })
  expect(await make('remover')).toMatchObject({ status: 403 })
  const remove = (token: string) => api.call('DELETE', `${path}/${made.id}`, undefined, token)
  expect(await remove('reader')).toMatchObject({ status: 403 })
  expect(await remove('maker')).toMatchObject({ status: 403 })
  expect(await remove('remover')).toMatchObject({ status: 204 })
  expect(await remove('changer')).toMatchObject({ status: 404 })
})
