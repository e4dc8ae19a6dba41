import { type DatabaseSize, databaseSizes } from '../../catalog/database-sizes.ts'
import { availableRegions } from '../../catalog/regions.ts'
import type { EngineSlug } from './record.ts'

interface EngineVersion {
  readonly version: string
  readonly semantic: string
  /** When it is no longer offered, and no longer run. */
  readonly endOfAvailability: string | null
  readonly endOfLife: string | null
}

/** What clients connect to. */
export interface Address {
  readonly host: string
  readonly user: string
  readonly password: string
  readonly database: string
}

/** What is always true of one engine. The newest version comes last. */
export interface Engine {
  readonly versions: readonly [EngineVersion, ...EngineVersion[]]
  readonly nodes: readonly number[]
  /** The user it is born with. */
  readonly admin: string
  readonly port: number
  readonly protocol: string
  readonly uri: (address: Address, port: number) => string
  /** What it has inside besides users. */
  readonly has: { readonly dbs: boolean; readonly pools: boolean; readonly replicas: boolean }
}

const everything = { dbs: true, pools: true, replicas: true }
const nothing = { dbs: false, pools: false, replicas: false }
const credentials = ({ user, password, host }: Address) => `${user}:${password}@${host}`

const rediss: Pick<Engine, 'nodes' | 'admin' | 'port' | 'protocol' | 'uri' | 'has'> = {
  nodes: [1, 2, 3],
  admin: 'default',
  port: 25061,
  protocol: 'rediss',
  uri: (at, port) => `rediss://${credentials(at)}:${port}`,
  has: nothing,
}

const engines: Readonly<Record<EngineSlug, Engine>> = {
  pg: {
    versions: [
      version('14', '14.18', '2026-05-12', '2026-11-12'),
      version('15', '15.13', '2027-05-11', '2027-11-11'),
      version('16', '16.9', '2028-05-09', '2028-11-09'),
      version('17', '17.5', '2029-05-08', '2029-11-08'),
    ],
    nodes: [1, 2, 3],
    admin: 'doadmin',
    port: 25060,
    protocol: 'postgresql',
    uri: (at, port) => `postgresql://${credentials(at)}:${port}/${at.database}?sslmode=require`,
    has: everything,
  },
  mysql: {
    versions: [version('8', '8.0.35', null, null)],
    nodes: [1, 2, 3],
    admin: 'doadmin',
    port: 25060,
    protocol: 'mysql',
    uri: (at, port) => `mysql://${credentials(at)}:${port}/${at.database}?ssl-mode=REQUIRED`,
    has: { ...everything, pools: false },
  },
  redis: { ...rediss, versions: [version('7', '7.2.4', '2025-04-30', '2025-06-30')] },
  valkey: { ...rediss, versions: [version('8', '8.1.1', null, null)] },
  mongodb: {
    versions: [
      version('7.0', '7.0.20', '2027-02-28', '2027-08-31'),
      version('8.0', '8.0.9', '2029-04-30', '2029-10-31'),
    ],
    nodes: [1, 3],
    admin: 'doadmin',
    port: 27017,
    protocol: 'mongodb+srv',
    uri: (at) =>
      `mongodb+srv://${credentials(at)}/${at.database}?tls=true&authSource=admin&replicaSet=rs0`,
    has: { ...nothing, dbs: true },
  },
  kafka: {
    versions: [version('3.8', '3.8.0', null, null)],
    nodes: [3, 6, 9, 15],
    admin: 'doadmin',
    port: 25073,
    protocol: 'kafka',
    uri: (at, port) => `${at.host}:${port}`,
    has: nothing,
  },
  opensearch: {
    versions: [version('2', '2.19.1', null, null)],
    nodes: [1, 3, 6, 9, 15],
    admin: 'doadmin',
    port: 25060,
    protocol: 'https',
    uri: (at, port) => `https://${credentials(at)}:${port}`,
    has: nothing,
  },
}

export function engineOf(slug: EngineSlug): Engine {
  return engines[slug]
}

/** The version with this name; as a patch release is no name, `8.0` finds 8. */
export function findVersion(engine: Engine, name: string): EngineVersion | undefined {
  return engine.versions.find(
    (each) => each.version === name || each.semantic.startsWith(`${name}.`),
  )
}

/** The sizes for so many nodes: the smallest has no room for a standby. */
export function sizesFor(nodes: number): readonly DatabaseSize[] {
  return nodes === 1 ? databaseSizes : databaseSizes.filter((size) => size.memory > 1024)
}

/** `GET /v2/databases/options`: what there is to choose from. */
export function optionsView() {
  const all = Object.entries(engines)
  const options = all.map(([slug, engine]) => [
    slug,
    {
      regions: availableRegions,
      versions: engine.versions.map((each) => each.version),
      default_version: newest(engine).version,
      layouts: engine.nodes.map((nodes) => ({
        num_nodes: nodes,
        sizes: sizesFor(nodes).map((size) => size.slug),
      })),
    },
  ])
  const availability = all.map(([slug, engine]) => [
    slug,
    engine.versions.map((each) => ({
      version: each.version,
      end_of_availability: each.endOfAvailability,
      end_of_life: each.endOfLife,
    })),
  ])
  return {
    options: Object.fromEntries(options),
    version_availability: Object.fromEntries(availability),
  }
}

export function newest(engine: Engine): EngineVersion {
  return engine.versions.at(-1) ?? engine.versions[0]
}

function version(
  name: string,
  semantic: string,
  endOfAvailability: string | null,
  endOfLife: string | null,
): EngineVersion {
  const date = (day: string | null) => day && `${day}T00:00:00Z`
  return {
    version: name,
    semantic,
    endOfAvailability: date(endOfAvailability),
    endOfLife: date(endOfLife),
  }
}
