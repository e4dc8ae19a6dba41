import { textOf } from '../client.ts'
import { times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const origin = 'assets.fra1.digitaloceanspaces.com'

/** python-digitalocean knows nothing of them, and the MCP server cannot change one. */
export const cdnEndpoints: Kind = {
  name: 'CDN endpoints',
  path: '/v2/cdn/endpoints',
  fill: (cloud, count) =>
    times(count, (index) =>
      cloud.ask('POST', '/v2/cdn/endpoints', { origin: `assets-${index}.${place}` }),
    ),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('cdnEndpoint.createCdnEndpoint', { origin }), 'endpoint.id'),
      read: async (client, id) => {
        const answer = await client.call('cdnEndpoint.getCdnEndpoint', { cdn_endpoint_id: id })
        return textOf(answer, 'endpoint.ttl')
      },
      change: async (client, id) =>
        void (await client.call('cdnEndpoint.updateCdnEndpoint', { cdn_endpoint_id: id, ttl: 60 })),
      remove: async (client, id) =>
        void (await client.call('cdnEndpoint.deleteCdnEndpoint', { cdn_endpoint_id: id })),
      list: (client) => client.list('cdnEndpoint.listCdnEndpoints', 'endpoints', 'id'),
    },
    godo: {
      create: async (client) =>
        textOf(await client.call('spaces-cdn-create', { Origin: origin, TTL: 3600 }), 'id'),
      read: async (client, id) => textOf(await client.call('spaces-cdn-get', { ID: id }), 'ttl'),
      remove: async (client, id) => void (await client.call('spaces-cdn-delete', { ID: id })),
      list: (client) => client.list('spaces-cdn-list', 'id'),
    },
  },
}

const place = 'fra1.digitaloceanspaces.com'
