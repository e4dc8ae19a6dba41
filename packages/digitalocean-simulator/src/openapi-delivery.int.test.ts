import { expect, test } from 'vitest'
import { z } from 'zod'
import { leaf, privateKey } from '../test/certificates.ts'
import { DescribedApi, described } from '../test/described-api.ts'

test.skipIf(!described)(
  'what is said of certificates and CDN endpoints is as DigitalOcean describes it',
  async () => {
    await using checked = await DescribedApi.start()
    const certificate = '/v2/certificates/{certificate_id}'
    await checked.check('POST', '/v2/domains', [], { name: 'example.com' })
    const own = { name: 'own', type: 'custom', leaf_certificate: leaf, private_key: privateKey }
    const asked = { name: 'asked', type: 'lets_encrypt', dns_names: ['example.com'] }
    const made = await checked.check('POST', '/v2/certificates', [], own)
    await checked.check('POST', '/v2/certificates', [], asked)
    const { id } = z
      .object({ certificate: z.object({ id: z.string() }) })
      .parse(made.body).certificate
    await checked.check('GET', '/v2/certificates')
    await checked.check('GET', certificate, [id])
    const endpoints = '/v2/cdn/endpoints'
    const endpoint = `${endpoints}/{cdn_id}`
    const named = { custom_domain: 'a.example.com', certificate_id: id }
    const origin = 'assets.fra1.digitaloceanspaces.com'
    const delivered = await checked.check('POST', endpoints, [], { origin, ...named })
    const { id: cdn } = z
      .object({ endpoint: z.object({ id: z.string() }) })
      .parse(delivered.body).endpoint
    await checked.check('GET', endpoints)
    await checked.check('GET', endpoint, [cdn])
    await checked.check('PUT', endpoint, [cdn], { ttl: 60 })
    await checked.check('DELETE', `${endpoint}/cache`, [cdn], { files: ['*'] })
    await checked.check('DELETE', endpoint, [cdn])
    await checked.check('GET', endpoint, [cdn])
    await checked.check('DELETE', certificate, [id])
    await checked.check('GET', certificate, [id])
    expect(checked.found).toEqual([])
  },
)
