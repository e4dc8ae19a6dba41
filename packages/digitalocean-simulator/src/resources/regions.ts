import { findRegion, type Region, regions } from '../catalog/regions.ts'
import { sizes } from '../catalog/sizes.ts'
import { paginate } from '../http/pages.ts'
import type { Call, Route } from '../http/route.ts'

/** The regions, those without capacity too. */
export const regionRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/regions', scopes: ['regions:read'], handle: list },
]

function list(call: Call) {
  const page = paginate(regions, call.url)
  const body = { regions: page.items.map(regionView), links: page.links, meta: page.meta }
  return { status: 200, body }
}

function regionView(region: Region) {
  return {
    name: region.name,
    slug: region.slug,
    features: ['backups', 'ipv6', 'metadata', 'install_agent', 'storage', 'image_transfer'],
    available: region.available,
    sizes: region.available ? sizes.map((size) => size.slug) : [],
  }
}

/** A region as other resources carry it. */
export function regionViewOf(slug: string) {
  const region = findRegion(slug)
  return region ? regionView(region) : null
}
