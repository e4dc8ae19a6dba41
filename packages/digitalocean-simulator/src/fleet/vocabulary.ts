import type { Random } from '../random.ts'

/** What a machine of the fleet is for. */
export interface Role {
  readonly name: string
  readonly team: string
  readonly sizes: readonly [string, ...string[]]
  readonly images: readonly [string, ...string[]]
  readonly backedUp: boolean
  /** Whether what it keeps is on volumes. */
  readonly keepsData: boolean
}

const keepers: ReadonlySet<string> = new Set(['db', 'queue', 'search', 'monitor', 'ci'])

const roles: readonly [Role, ...Role[]] = [
  role(
    'web',
    'storefront',
    ['s-2vcpu-4gb', 's-4vcpu-8gb'],
    ['ubuntu-24-04-x64', 'ubuntu-22-04-x64'],
  ),
  role('api', 'platform', ['s-2vcpu-4gb', 'c-2', 'c-4'], ['ubuntu-24-04-x64', 'debian-12-x64']),
  role(
    'worker',
    'platform',
    ['c-2', 's-2vcpu-2gb', 's-4vcpu-8gb'],
    ['debian-12-x64', 'debian-13-x64'],
  ),
  role(
    'db',
    'data',
    ['g-2vcpu-8gb', 'm-2vcpu-16gb', 's-8vcpu-16gb'],
    ['debian-12-x64', 'rockylinux-9-x64'],
    true,
  ),
  role('cache', 'data', ['m-2vcpu-16gb', 's-2vcpu-4gb'], ['debian-12-x64']),
  role('queue', 'data', ['s-2vcpu-4gb', 's-2vcpu-2gb'], ['almalinux-9-x64', 'debian-12-x64'], true),
  role('search', 'storefront', ['g-2vcpu-8gb', 's-4vcpu-8gb'], ['ubuntu-22-04-x64']),
  role('monitor', 'operations', ['s-1vcpu-2gb', 's-2vcpu-4gb'], ['fedora-42-x64', 'debian-13-x64']),
  role(
    'bastion',
    'operations',
    ['s-1vcpu-512mb-10gb', 's-1vcpu-1gb'],
    ['debian-13-x64', 'centos-stream-9-x64'],
  ),
  role('ci', 'operations', ['c-4', 's-8vcpu-16gb'], ['ubuntu-24-04-x64', 'fedora-42-x64']),
]

/** Some roles are common, some rare: as often as they are named. */
const shares = [
  'web',
  'web',
  'web',
  'api',
  'api',
  'worker',
  'worker',
  'db',
  'db',
  'cache',
  'queue',
  'search',
  'monitor',
  'bastion',
  'ci',
]
const regions = [
  'fra1',
  'fra1',
  'fra1',
  'ams3',
  'ams3',
  'nyc3',
  'nyc3',
  'lon1',
  'sgp1',
  'sfo3',
] as const
const environments = [
  'production',
  'production',
  'production',
  'staging',
  'staging',
  'development',
] as const

/** Who the machines belong to, the first ones first in smaller fleets. */
export const teams = ['storefront', 'platform', 'data', 'operations'] as const

/** Every tag of the largest fleets, the most telling first. */
export const vocabulary: readonly string[] = [
  'env:production',
  'env:staging',
  'role:web',
  'role:db',
  'role:api',
  'role:worker',
  'env:development',
  'managed',
  ...roles.map((each) => `role:${each.name}`).filter((tag) => !/:(web|db|api|worker)$/.test(tag)),
  ...teams.map((team) => `team:${team}`),
]

export function roleOf(random: Random, index: number): Role {
  const name = shares[index % shares.length]
  return roles.find((each) => each.name === name) ?? random.pick(roles, 'role', index)
}

export function regionOf(random: Random, index: number): string {
  return random.pick([...regions], 'region', index)
}

export function environmentOf(random: Random, index: number): string {
  return random.pick([...environments], 'environment', index)
}

export function imageOf(random: Random, { images }: Role, index: number): string {
  return random.pick(images, 'image', index)
}

/** The tags that a machine should have, as far as the fleet has them. */
export function tagsFor(of: Role, environment: string): readonly string[] {
  return [
    `env:${environment}`,
    `role:${of.name}`,
    `team:${of.team}`,
    ...(environment === 'production' ? ['managed'] : []),
  ]
}

function role(
  name: string,
  team: string,
  sizes: Role['sizes'],
  images: Role['images'],
  backedUp = false,
): Role {
  return { name, team, sizes, images, backedUp, keepsData: keepers.has(name) }
}
