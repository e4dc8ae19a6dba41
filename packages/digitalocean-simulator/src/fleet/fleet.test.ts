import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findBaseImage } from '../catalog/images.ts'
import { availableRegions } from '../catalog/regions.ts'
import { findSize } from '../catalog/sizes.ts'
import { createRandom } from '../random.ts'
import { addDefaultProject } from '../resources/projects/project-membership.ts'
import { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { lagFrom, SimulatedTime } from '../time.ts'
import { seedFleet } from './fleet.ts'
import { shareOut } from './shares.ts'

const now = Date.UTC(2026, 0, 15)

async function fleet(resources: number, randomSeed = 1) {
  const store = await Store.open(undefined, () => undefined)
  const world = {
    time: new SimulatedTime({ now: () => now }, 1),
    lag: lagFrom(0),
    random: createRandom(randomSeed),
    dropletLimit: resources,
  }
  store.change((tx) => {
    addDefaultProject(tx, world, now)
    seedFleet(tx, world, resources, now)
  })
  return store.tables
}

/** How many there are of each kind that a fleet is made of. */
function counts(tables: Tables): ReturnType<typeof shareOut> {
  return {
    droplets: tables.droplets.size,
    snapshots: tables.snapshots.size,
    tags: tables.tags.size,
    sshKeys: tables.sshKeys.size,
    volumes: tables.volumes.size,
    volumeSnapshots: tables.volumeSnapshots.size,
    vpcs: [...tables.vpcs.rows()].filter((vpc) => !vpc.isDefault).length,
    firewalls: tables.firewalls.size,
    loadBalancers: tables.loadBalancers.size,
    reservedIps: tables.reservedIps.size,
    domains: tables.domains.size,
    projects: tables.projects.size - 1,
    certificates: tables.certificates.size,
    databases: tables.databases.size,
    clusters: tables.kubernetes.size,
  }
}

test('the shares add up to what was asked for, and most are droplets', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 100_000 }), (resources) => {
      const shares = shareOut(resources)
      const { droplets, ...others } = shares
      const rest = Object.values(others)
      expect(rest.reduce((sum, each) => sum + each, droplets)).toBe(resources)
      expect(droplets).toBeGreaterThanOrEqual(Math.max(...rest))
      expect(Math.min(...rest)).toBeGreaterThanOrEqual(resources < 100 ? 0 : 1)
    }),
  )
})

test.each([10, 29, 30, 40, 100, 1_000, 3_000])(
  'a fleet of %i has as many of each kind as its share is, and nothing under way',
  async (resources) => {
    const tables = await fleet(resources)
    expect(counts(tables)).toEqual(shareOut(resources))
    expect(tables.actions.find('status', 'in-progress')).toEqual([])
    expect(tables.databases.find('busy', 'busy')).toEqual([])
    expect(tables.kubernetes.find('busy', 'busy')).toEqual([])
  },
)

test.each([10, 40, 1_000])('a fleet of %i has droplets that are possible', async (resources) => {
  const { droplets, snapshots, tags, actions, vpcs } = await fleet(resources)
  let previous = 0
  for (const droplet of droplets.rows()) {
    const isNode = droplet.tags.includes('k8s')
    expect(droplet.name).toMatch(isNode ? /^workers-[a-z0-9]{5}$/ : /^[a-z]+-\d{2,}\.[a-z]{3}\d$/)
    expect(availableRegions).toContain(droplet.region)
    expect(vpcs.get(droplet.vpc)?.region).toBe(droplet.region)
    expect(findSize(droplet.size)?.disk).toBe(droplet.disk)
    expect(droplet.image.kind === 'base' && findBaseImage(droplet.image.slug)).toBeTruthy()
    for (const tag of droplet.tags) expect(tags.get(tag)).toBeDefined()
    expect(droplet.id).toBeGreaterThan(previous)
    expect(droplet.createdMs).toBeLessThan(now)
    expect(droplet.pendingAction).toBeNull()
    expect(actions.find('droplet', droplet.id)[0]?.effect.type).toBe('create')
    previous = droplet.id
  }
  for (const snapshot of snapshots.rows()) {
    const droplet = droplets.get(snapshot.dropletId)
    expect(snapshot.createdMs).toBeGreaterThanOrEqual(droplet?.createdMs ?? now)
    expect(snapshot.createdMs).toBeLessThanOrEqual(now)
  }
})

test('production is in the networks that were made for it, with an address for each', async () => {
  const { droplets, vpcs } = await fleet(1_000)
  const own = [...vpcs.rows()].filter((vpc) => !vpc.isDefault)
  for (const vpc of own) {
    const inside = droplets.find('vpc', vpc.id)
    expect(inside.length).toBeGreaterThan(5)
    expect(new Set(inside.map((each) => each.vpcAddress)).size).toBe(inside.length)
    const machines = inside.filter((each) => !each.tags.includes('k8s'))
    expect(machines.every((each) => each.tags.includes('env:production'))).toBe(true)
  }
})

test('volumes are with their droplets, in one region, and younger; some are attached to nothing', async () => {
  const { droplets, volumes, volumeSnapshots, actions } = await fleet(1_000)
  const all = [...volumes.rows()]
  const loose = all.filter((volume) => volume.droplet === null)
  expect(loose).toHaveLength(all.length / 5)
  for (const volume of all.filter((each) => each.droplet !== null)) {
    const droplet = droplets.get(volume.droplet ?? 0)
    expect(droplet?.region).toBe(volume.region)
    expect(droplet?.createdMs).toBeLessThan(volume.createdMs)
    expect(actions.find('volume', volume.id)).toMatchObject([
      { effect: { type: 'attach_volume' }, dropletId: volume.droplet, status: 'completed' },
    ])
  }
  for (const snapshot of volumeSnapshots.rows()) {
    const volume = volumes.get(snapshot.volume)
    expect(snapshot).toMatchObject({ regions: [volume?.region], minDiskSize: volume?.gigabytes })
    expect(snapshot.createdMs).toBeGreaterThanOrEqual(volume?.createdMs ?? now)
    expect(snapshot.createdMs).toBeLessThanOrEqual(now)
  }
})

test('each web droplet is behind a load balancer of its own network', async () => {
  const { droplets, loadBalancers } = await fleet(1_000)
  const [first, ...others] = loadBalancers.rows()
  expect(first).toMatchObject({ tag: 'role:web', droplets: [] })
  const behind = new Map<number, string>()
  for (const { id, region, vpc, droplets: ids } of others) {
    expect(ids.length).toBeGreaterThan(0)
    for (const droplet of ids) {
      expect(droplets.get(droplet)).toMatchObject({ region, vpc })
      expect(behind.has(droplet)).toBe(false)
      behind.set(droplet, id)
    }
  }
  const places = new Set([...loadBalancers.rows()].map(({ vpc }) => vpc))
  const web = droplets.find('tag', 'role:web').filter((each) => places.has(each.vpc))
  const alone = web.filter((each) => !behind.has(each.id))
  expect(alone.every((each) => each.vpc === first?.vpc)).toBe(true)
})

test('a reserved IP leads to a droplet of its region that has no other', async () => {
  const { droplets, reservedIps } = await fleet(1_000)
  const led = [...reservedIps.rows()].filter((each) => each.droplet !== null)
  expect(led.length).toBeLessThan(reservedIps.size)
  expect(new Set(led.map((each) => each.droplet)).size).toBe(led.length)
  for (const each of led) expect(droplets.get(each.droplet ?? 0)?.region).toBe(each.region)
})

test('firewalls, database rules and load balancers name tags that there are', async () => {
  const { firewalls, databases, loadBalancers, tags } = await fleet(40)
  const named = [
    ...[...firewalls.rows()].flatMap((each) => [
      ...each.tags,
      ...each.inbound.flatMap(({ target }) => target.tags ?? []),
    ]),
    ...[...databases.rows()].flatMap((each) => each.rules.map((rule) => rule.value)),
    ...[...loadBalancers.rows()].flatMap((each) => each.tag || []),
  ]
  expect(named.length).toBeGreaterThan(5)
  for (const tag of named) expect(tags.get(tag)).toBeDefined()
  for (const firewall of firewalls.rows()) expect(firewall.pending).toEqual([])
})

test('a certificate is that of a domain, valid, and of the load balancer the domain leads to', async () => {
  const { certificates, domains, dnsRecords, loadBalancers } = await fleet(1_000)
  const balancers = [...loadBalancers.rows()]
  for (const { id, dnsNames, notAfterMs, outcome } of certificates.rows()) {
    const [domain = ''] = dnsNames
    expect(domains.get(domain)).toBeDefined()
    expect(notAfterMs).toBeGreaterThan(now)
    expect(outcome).toBe('verified')
    const users = balancers.filter(({ settings }) =>
      settings.forwarding_rules.some((rule) => rule.certificate_id === id),
    )
    expect(users).toHaveLength(1)
    const records = dnsRecords.find('domain', domain)
    const root = records.find(({ type, name }) => type === 'A' && name === '@')
    expect(root?.data).toBe(`100.96.0.${users[0]?.ordinal}`)
  }
})

test('what a team runs in production is in its project, with all that hangs on it', async () => {
  const tables = await fleet(1_000)
  const projects = new Map([...tables.projects.rows()].map(({ id, name }) => [id, name]))
  const projectOf = (urn: string) => projects.get(tables.assignments.get(urn)?.project ?? '')
  for (const { id, tags } of tables.droplets.rows()) {
    const team = tags.find((tag) => tag.startsWith('team:'))?.slice('team:'.length)
    const own = tags.includes('env:production') ? team : undefined
    expect(projectOf(`do:droplet:${id}`)).toBe(own)
  }
  for (const { id, droplet } of tables.volumes.rows()) {
    expect(projectOf(`do:volume:${id}`)).toBe(projectOf(`do:droplet:${droplet}`))
  }
  for (const { ip, droplet } of tables.reservedIps.rows()) {
    expect(projectOf(`do:floatingip:${ip}`)).toBe(projectOf(`do:droplet:${droplet}`))
  }
})

test('the nodes of a cluster are droplets of its network', async () => {
  const { kubernetes, droplets } = await fleet(1_000)
  for (const { id, region, vpc, pools } of kubernetes.rows()) {
    const nodes = pools.flatMap((pool) => pool.nodes)
    expect(nodes).toHaveLength(3)
    for (const node of nodes) {
      const tags = expect.arrayContaining(['k8s', `k8s:${id}`])
      expect(droplets.get(node.dropletId)).toMatchObject({ region, vpc, tags, status: 'active' })
    }
  }
})

test('names are unique, some droplets are off, and the fleet is in several regions', async () => {
  const { droplets, volumes } = await fleet(1_000)
  const all = [...droplets.rows()]
  expect(new Set(all.map((droplet) => droplet.name)).size).toBe(all.length)
  expect(all.filter((droplet) => droplet.status === 'off').length).toBeGreaterThan(20)
  expect(new Set(all.map((droplet) => droplet.region)).size).toBeGreaterThan(4)
  const places = [...volumes.rows()].map(({ name, region }) => `${name}.${region}`)
  expect(new Set(places).size).toBe(volumes.size)
})

test('a fleet of any size and seed can be made', async () => {
  const size = fc.integer({ min: 1, max: 300 })
  const check = async (resources: number, seed: number) => {
    expect(counts(await fleet(resources, seed))).toEqual(shareOut(resources))
  }
  await fc.assert(fc.asyncProperty(size, fc.integer(), check), { numRuns: 20 })
})

test('the same seed makes the same fleet, another one another', async () => {
  const all = async (seed: number) =>
    Object.values(await fleet(100, seed)).map((table) => [...table.rows()])
  expect(await all(1)).toEqual(await all(1))
  expect(await all(2)).not.toEqual(await all(1))
})
