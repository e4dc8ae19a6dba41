import { type Api, idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

const domain = '/v2/domains/example.com'
const records = `${domain}/records`

const everyType = [
  { type: 'A', name: 'www', data: '192.0.2.1', ttl: 60 },
  { type: 'AAAA', name: 'www', data: '2001:db8::1' },
  { type: 'CAA', name: '@', data: 'letsencrypt.org.', flags: 0, tag: 'issue' },
  { type: 'CNAME', name: 'alias', data: 'www.example.com.' },
  { type: 'MX', name: '@', data: 'mail.example.com.', priority: 10 },
  { type: 'NS', name: 'sub', data: 'ns.example.com.' },
  { type: 'SRV', name: '_sip._tcp', data: 'sip.example.com.', priority: 1, port: 5060, weight: 2 },
  { type: 'TXT', name: '@', data: 'v=spf1 -all' },
]

async function change(api: Api, order: (typeof everyType)[number]): Promise<void> {
  const path = `${records}/${idOf(await api.post(records, order, 201), 'domain_record.id')}`
  await api.get(path)
  await api.patch(path, { type: order.type, ttl: 120 })
  await api.put(path, order)
}

export const domains: Scenario = {
  name: 'domains',
  async walk(api) {
    await api.post('/v2/domains', { name: 'example.com', ip_address: '192.0.2.1' }, 201)
    await api.get('/v2/domains')
    await api.get(domain)
    for (const order of everyType) await change(api, order)
    const listed = await api.get(records)
    await api.get(`${records}?name=www.example.com&type=A`)
    const last = `${records}/${idOf(listed, 'domain_records.4.id')}`
    await api.delete(last)
    await api.get(last, 404)
    await api.delete(domain)
    await api.get(domain, 404)
  },
}
