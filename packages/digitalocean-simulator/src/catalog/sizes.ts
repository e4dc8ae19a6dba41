/** A plan that droplets are made of: memory in MB, disk in GB, price in US dollars a month. */
export interface Size {
  readonly slug: string
  readonly vcpus: number
  readonly memory: number
  readonly disk: number
  readonly priceMonthly: number
  /** Traffic included, in TB. */
  readonly transfer: number
  readonly description: string
}

/** The API bills by the hour, and a month at 672 of them. */
export const billedHoursPerMonth = 672

export const sizes: readonly Size[] = [
  size('s-1vcpu-512mb-10gb', 1, 512, 10, 4, 0.5, 'Basic'),
  size('s-1vcpu-1gb', 1, 1024, 25, 6, 1, 'Basic'),
  size('s-1vcpu-2gb', 1, 2048, 50, 12, 2, 'Basic'),
  size('s-2vcpu-2gb', 2, 2048, 60, 18, 3, 'Basic'),
  size('s-2vcpu-4gb', 2, 4096, 80, 24, 4, 'Basic'),
  size('s-4vcpu-8gb', 4, 8192, 160, 48, 5, 'Basic'),
  size('s-8vcpu-16gb', 8, 16384, 320, 96, 6, 'Basic'),
  size('c-2', 2, 4096, 25, 42, 4, 'CPU-Optimized'),
  size('c-4', 4, 8192, 50, 84, 5, 'CPU-Optimized'),
  size('g-2vcpu-8gb', 2, 8192, 25, 63, 4, 'General Purpose'),
  size('m-2vcpu-16gb', 2, 16384, 50, 84, 4, 'Memory-Optimized'),
]

const bySlug: ReadonlyMap<string, Size> = new Map(sizes.map((each) => [each.slug, each]))

/** The size with this slug. */
export function findSize(slug: string): Size | undefined {
  return bySlug.get(slug)
}

/** The size of a stored droplet, whose slug was checked when it was stored. */
export function sizeOf(slug: string): Size {
  const found = findSize(slug)
  if (!found) throw new Error(`no size "${slug}": the data folder was written by another version`)
  return found
}

function size(
  slug: string,
  vcpus: number,
  memory: number,
  disk: number,
  priceMonthly: number,
  transfer: number,
  description: string,
): Size {
  return { slug, vcpus, memory, disk, priceMonthly, transfer, description }
}
