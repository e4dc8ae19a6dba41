import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import { readableDroplet } from './droplet-life.ts'

/** What is left of kernels that one could choose: the loader that boots a droplet's own. */
export const kernel = {
  id: 7515,
  name: 'DigitalOcean GrubLoader v0.2 (20160714)',
  version: '2016.07.13-DigitalOcean_loader_Ubuntu',
}

export const dropletKernelRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/droplets/:droplet/kernels', scopes: ['droplet:read'], handle: list },
]

function list(call: Call) {
  readableDroplet(call, call.params['droplet'])
  const page = paginate([kernel], call.url)
  return { status: 200, body: { kernels: page.items, links: page.links, meta: page.meta } }
}
