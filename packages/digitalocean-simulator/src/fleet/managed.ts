import { z } from 'zod'
import { assign } from '../resources/projects/project-membership.ts'
import type { Machine } from './machines.ts'
import type { Past } from './past.ts'
import { nodesPerCluster } from './shares.ts'
import { dayMs, foundedMs } from './timeline.ts'
import { regionOf, teams } from './vocabulary.ts'

const keyType = 'ssh-ed25519'

const people = ['ada', 'grace', 'edsger', 'barbara', 'donald', 'radia', 'ken', 'margaret'] as const

/** Keys of people, of the public half alone: there never was another. */
export function addSshKeys(past: Past, count: number): void {
  for (let index = 0; index < count; index++) {
    const name = people[index] ?? `deploy-${index - people.length + 1}`
    past.tell({
      atMs: past.now - foundedMs + index * 30 * dayMs,
      path: '/v2/account/keys',
      body: { name, public_key: publicKey(past, index, name) },
    })
  }
}

function publicKey({ world }: Past, index: number, name: string): string {
  const digits = [1, 2].map((half) => world.random.uuid('ssh-key', half, index)).join('')
  const parts = [Buffer.from(keyType), Buffer.from(digits.replaceAll('-', ''), 'hex')]
  const lengths = parts.map((part) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    return Buffer.concat([length, part])
  })
  return `${keyType} ${Buffer.concat(lengths).toString('base64')} ${name}@acme.example`
}

const purposes: Readonly<Record<string, string>> = {
  storefront: 'Web Application',
  platform: 'Service or API',
  data: 'Machine learning / AI / Data processing',
  operations: 'Operational / Developer tooling',
}

/** Projects of the first teams, by team. */
export function addProjects(past: Past, count: number): ReadonlyMap<string, string> {
  const made = z.object({ project: z.object({ id: z.string() }) })
  return new Map(
    teams.slice(0, count).map((team) => {
      const atMs = past.now - foundedMs
      const description = `What the team ${team} runs in production`
      const environment = 'Production'
      const body = { name: team, description, purpose: purposes[team], environment }
      return [team, past.ask({ atMs, path: '/v2/projects', body }, made).project.id]
    }),
  )
}

/** Puts what teams run in production into their projects; all else stays in the default one. */
export function fillProjects(
  { tx }: Past,
  projects: ReadonlyMap<string, string>,
  machines: readonly Machine[],
): void {
  const put = (team: string | undefined, urn: string, createdMs: number) => {
    const project = projects.get(team ?? '')
    if (project !== undefined) assign(tx, project, urn, createdMs)
  }
  const teamOf = new Map<number, string>()
  for (const { plan, droplet } of machines) {
    if (plan.environment !== 'production') continue
    teamOf.set(droplet.id, plan.role.team)
    put(plan.role.team, `do:droplet:${droplet.id}`, droplet.createdMs)
  }
  const { volumes, reservedIps, loadBalancers, domains, databases, kubernetes } = tx.tables
  for (const { id, droplet, createdMs } of volumes.rows()) {
    put(teamOf.get(droplet ?? 0), `do:volume:${id}`, createdMs)
  }
  for (const { ip, droplet, createdMs } of reservedIps.rows()) {
    put(teamOf.get(droplet ?? 0), `do:floatingip:${ip}`, createdMs)
  }
  for (const { id, createdMs } of loadBalancers.rows()) {
    put('storefront', `do:loadbalancer:${id}`, createdMs)
  }
  for (const { name, createdMs } of domains.rows()) {
    put('storefront', `do:domain:${name}`, createdMs)
  }
  for (const { id, createdMs } of databases.rows()) put('data', `do:dbaas:${id}`, createdMs)
  for (const { id, createdMs } of kubernetes.rows()) {
    put('platform', `do:kubernetes:${id}`, createdMs)
  }
}

const engines = [
  { engine: 'pg', size: 'db-s-2vcpu-4gb', num_nodes: 2 },
  { engine: 'valkey', size: 'db-s-1vcpu-2gb', num_nodes: 1 },
  { engine: 'mysql', size: 'db-s-4vcpu-8gb', num_nodes: 2 },
  { engine: 'pg', size: 'db-s-1vcpu-1gb', num_nodes: 1 },
] as const

/** Database clusters in the networks of production, open to the machines that use them. */
export function addDatabases(
  past: Past,
  networks: ReadonlyMap<string, string>,
  tags: readonly string[],
  count: number,
): void {
  const users = ['role:api', 'role:worker', 'role:web'].filter((tag) => tags.includes(tag))
  const made = z.object({ database: z.object({ id: z.string() }) })
  for (let index = 0; index < count; index++) {
    const layout = engines[index % engines.length] ?? engines[0]
    const { region, vpc } = home(past, networks, index)
    const atMs = past.now - (600 - index * 20) * dayMs
    const { id } = past.ask(
      {
        atMs,
        path: '/v2/databases',
        body: {
          ...layout,
          name: `${layout.engine}-${region}-${index + 1}`,
          region,
          private_network_uuid: vpc,
          tags: tags.filter((tag) => tag === 'env:production'),
          rules: users.map((value) => ({ type: 'tag', value })),
        },
      },
      made,
    ).database
    past.settle()
    if (layout.engine === 'valkey') continue
    const there = { atMs: atMs + dayMs, params: { cluster: id } }
    past.tell({ ...there, path: '/v2/databases/:cluster/dbs', body: { name: 'shop' } })
    past.tell({ ...there, path: '/v2/databases/:cluster/users', body: { name: 'shop' } })
  }
}

/** Kubernetes clusters, the newest thing that the company tries. Their nodes are droplets. */
export function addClusters(
  past: Past,
  networks: ReadonlyMap<string, string>,
  count: number,
): void {
  for (let index = 0; index < count; index++) {
    const { region, vpc } = home(past, networks, index)
    past.tell({
      atMs: past.now - dayMs / 2 + (index * dayMs) / 20,
      path: '/v2/kubernetes/clusters',
      body: {
        name: `platform-${region}-${index + 1}`,
        region,
        version: '1.33',
        vpc_uuid: vpc,
        node_pools: [{ name: 'workers', size: 's-4vcpu-8gb', count: nodesPerCluster }],
      },
    })
  }
}

/** A network of production, or where there is none any region and its default one. */
function home(past: Past, networks: ReadonlyMap<string, string>, index: number) {
  const [region, vpc] = [...networks][index % Math.max(1, networks.size)] ?? []
  return { region: region ?? regionOf(past.world.random, index), vpc }
}
