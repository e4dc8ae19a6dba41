import { idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

const endpoints = '/v2/cdn/endpoints'

/** Certificates, and the CDN endpoints that use them. */
export const delivery: Scenario = {
  name: 'delivery',
  async walk(api) {
    await api.post('/v2/domains', { name: 'example.com' }, 201)
    const order = { name: 'web', type: 'lets_encrypt', dns_names: ['static.example.com'] }
    const id = idOf(await api.post('/v2/certificates', order, 201), 'certificate.id')
    await api.wait(60)
    await api.get('/v2/certificates')
    await api.get('/v2/certificates?name=web')
    await api.get(`/v2/certificates/${id}`)
    const origin = 'assets.fra1.digitaloceanspaces.com'
    const named = { custom_domain: 'static.example.com', certificate_id: id }
    const made = await api.post(endpoints, { origin, ttl: 3600, ...named }, 201)
    const endpoint = `${endpoints}/${idOf(made, 'endpoint.id')}`
    await api.get(endpoints)
    await api.get(endpoint)
    await api.put(endpoint, { ttl: 600 })
    await api.delete(`${endpoint}/cache`, 204, { files: ['css/*'] })
    await api.delete(endpoint)
    await api.get(endpoint, 404)
    await api.delete(`/v2/certificates/${id}`)
    await api.get(`/v2/certificates/${id}`, 404)
  },
}
