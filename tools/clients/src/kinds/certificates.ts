import { column, textOf } from '../client.ts'
import { type Cloud, times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const order = { name: 'web', type: 'lets_encrypt', dns_names: ['www.example.com'] }

/** Nobody can change one. */
export const certificates: Kind = {
  name: 'certificates',
  path: '/v2/certificates',
  fill: async (cloud, count) => {
    await addDomain(cloud)
    await times(count, (index) =>
      cloud.ask('POST', '/v2/certificates', { ...order, name: `web-${index}` }),
    )
  },
  prepare: (cloud) => addDomain(cloud),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('certificate.createCertificate', order), 'certificate.id'),
      read: async (client, id) => {
        const answer = await client.call('certificate.getCertificate', { certificate_id: id })
        return textOf(answer, 'certificate.name')
      },
      remove: async (client, id) =>
        void (await client.call('certificate.deleteCertificate', { certificate_id: id })),
      list: (client) => client.list('certificate.listCertificates', 'certificates', 'id'),
    },
    godo: {
      create: async (client) => {
        const wanted = { Name: order.name, DnsNames: order.dns_names }
        return textOf(await client.call('lets-encrypt-certificate-create', wanted), 'id')
      },
      read: async (client, id) => textOf(await client.call('certificate-get', { ID: id }), 'name'),
      remove: async (client, id) => void (await client.call('certificate-delete', { ID: id })),
      list: (client) => client.list('certificate-list', 'id'),
    },
    python: {
      create: async (client) => textOf(await client.call('Certificate', order, ['create']), 'id'),
      read: async (client, id) => textOf(await client.manager(['get_certificate', id]), 'name'),
      remove: async (client, id) => void (await client.call('Certificate', { id }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_certificates']), 'id'),
    },
  },
}

async function addDomain(cloud: Cloud): Promise<string> {
  return textOf(await cloud.ask('POST', '/v2/domains', { name: 'example.com' }), 'domain.name')
}
