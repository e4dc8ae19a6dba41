/** A place where droplets run. Its position here fixes its address range: append, never reorder. */
export interface Region {
  readonly slug: string
  readonly name: string
  readonly available: boolean
}

export const regions: readonly Region[] = [
  { slug: 'nyc1', name: 'New York 1', available: true },
  { slug: 'nyc2', name: 'New York 2', available: true },
  { slug: 'nyc3', name: 'New York 3', available: true },
  { slug: 'sfo2', name: 'San Francisco 2', available: true },
  { slug: 'sfo3', name: 'San Francisco 3', available: true },
  { slug: 'ams3', name: 'Amsterdam 3', available: true },
  { slug: 'sgp1', name: 'Singapore 1', available: true },
  { slug: 'lon1', name: 'London 1', available: true },
  { slug: 'fra1', name: 'Frankfurt 1', available: true },
  { slug: 'tor1', name: 'Toronto 1', available: true },
  { slug: 'blr1', name: 'Bangalore 1', available: true },
  { slug: 'syd1', name: 'Sydney 1', available: true },
  { slug: 'ams2', name: 'Amsterdam 2', available: false },
  { slug: 'sfo1', name: 'San Francisco 1', available: false },
]

export const availableRegions: readonly string[] = regions
  .filter((region) => region.available)
  .map((region) => region.slug)

/** The region with this slug. */
export function findRegion(slug: string): Region | undefined {
  return regions.find((region) => region.slug === slug)
}

/** Its place in the list: what address ranges are counted from. */
export function regionIndex(slug: string): number {
  return regions.findIndex((region) => region.slug === slug)
}
