/** A public image, the same in every region: a distribution, or an application on one. */
export interface BaseImage {
  readonly kind: 'distribution' | 'application'
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly distribution: string
  readonly createdAt: string
  /** The smallest disk it fits on, in GB. */
  readonly minDiskSize: number
  readonly sizeGigabytes: number
}

export const baseImages: readonly BaseImage[] = [
  image(
    112929454,
    'ubuntu-22-04-x64',
    '22.04 (LTS) x64',
    'Ubuntu',
    '2022-07-20T16:58:41Z',
    7,
    0.66,
  ),
  image(
    155133621,
    'ubuntu-24-04-x64',
    '24.04 (LTS) x64',
    'Ubuntu',
    '2024-05-03T12:14:06Z',
    7,
    0.62,
  ),
  image(139080294, 'debian-12-x64', '12 x64', 'Debian', '2023-08-07T17:20:12Z', 7, 0.53),
  image(198201457, 'debian-13-x64', '13 x64', 'Debian', '2025-08-21T09:02:55Z', 7, 0.55),
  image(188410923, 'fedora-42-x64', '42 x64', 'Fedora', '2025-04-29T14:41:30Z', 7, 1.1),
  image(119389022, 'rockylinux-9-x64', '9 x64', 'Rocky Linux', '2022-10-11T18:07:49Z', 10, 1.24),
  image(119384711, 'almalinux-9-x64', '9 x64', 'AlmaLinux', '2022-10-11T17:36:02Z', 10, 1.21),
  image(
    106427810,
    'centos-stream-9-x64',
    '9 Stream x64',
    'CentOS',
    '2022-04-14T20:10:33Z',
    10,
    1.31,
  ),
  application(
    129214983,
    'docker-20-04',
    'Docker 25.0.3 on Ubuntu 22.04',
    '2024-02-26T15:42:10Z',
    2.3,
  ),
  application(
    153605394,
    'wordpress-20-04',
    'WordPress 6.5.3 on Ubuntu 22.04',
    '2024-05-08T11:30:27Z',
    3.12,
  ),
  application(
    155218402,
    'nodejs-20-04',
    'NodeJS 20.13.1 on Ubuntu 24.04',
    '2024-05-14T08:05:51Z',
    2.64,
  ),
]

/** The public image with this slug or id. */
export function findBaseImage(key: string | number): BaseImage | undefined {
  return baseImages.find((each) => each.slug === key || String(each.id) === String(key))
}

function image(
  id: number,
  slug: string,
  name: string,
  distribution: string,
  createdAt: string,
  minDiskSize: number,
  sizeGigabytes: number,
): BaseImage {
  const kind = 'distribution'
  return { kind, id, slug, name, distribution, createdAt, minDiskSize, sizeGigabytes }
}

function application(
  id: number,
  slug: string,
  name: string,
  createdAt: string,
  sizeGigabytes: number,
): BaseImage {
  const shared = { kind: 'application', distribution: 'Ubuntu', minDiskSize: 25 } as const
  return { ...shared, id, slug, name, createdAt, sizeGigabytes }
}
