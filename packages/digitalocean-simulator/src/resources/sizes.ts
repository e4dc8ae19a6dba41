import { availableRegions } from '../catalog/regions.ts'
import { billedHoursPerMonth, type Size, sizes } from '../catalog/sizes.ts'
import { paginate } from '../http/pages.ts'
import type { Call, Route } from '../http/route.ts'

/** The sizes, all of them in every available region. */
export const sizeRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/sizes', scopes: ['sizes:read'], handle: list },
]

function list(call: Call) {
  const page = paginate(sizes, call.url)
  const body = { sizes: page.items.map(sizeView), links: page.links, meta: page.meta }
  return { status: 200, body }
}

/** A size as the API writes it, alone or in a droplet. */
export function sizeView(size: Size) {
  return {
    slug: size.slug,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    transfer: size.transfer,
    price_monthly: size.priceMonthly,
    price_hourly: Number((size.priceMonthly / billedHoursPerMonth).toFixed(5)),
    regions: availableRegions,
    available: true,
    description: size.description,
    disk_info: diskInfo(size.disk),
  }
}

/** The one local disk that a size or a droplet has. */
export function diskInfo(gigabytes: number) {
  return [{ type: 'local', size: { amount: gigabytes, unit: 'gib' } }]
}
