/** What the nodes of a database cluster are made of; price in US dollars a month and node. */
export interface DatabaseSize {
  readonly slug: string
  readonly vcpus: number
  /** In MB. */
  readonly memory: number
  /** What comes with the size, and the least. */
  readonly minStorageMib: number
  readonly maxStorageMib: number
  readonly priceMonthly: number
}

export const databaseSizes: readonly DatabaseSize[] = [
  size('db-s-1vcpu-1gb', 1, 1024, 10, 30, 15),
  size('db-s-1vcpu-2gb', 1, 2048, 30, 60, 30),
  size('db-s-2vcpu-4gb', 2, 4096, 60, 120, 60),
  size('db-s-4vcpu-8gb', 4, 8192, 140, 280, 120),
  size('db-s-6vcpu-16gb', 6, 16384, 290, 580, 240),
  size('gd-2vcpu-8gb', 2, 8192, 50, 150, 137),
  size('gd-4vcpu-16gb', 4, 16384, 100, 300, 273),
]

/** The size with this slug. */
export function findDatabaseSize(slug: string): DatabaseSize | undefined {
  return databaseSizes.find((each) => each.slug === slug)
}

function size(
  slug: string,
  vcpus: number,
  memory: number,
  minGib: number,
  maxGib: number,
  priceMonthly: number,
): DatabaseSize {
  const storage = { minStorageMib: minGib * 1024, maxStorageMib: maxGib * 1024 }
  return { slug, vcpus, memory, ...storage, priceMonthly }
}
