import type { Table } from '../../store/table.ts'
import type { Tables } from '../../store/tables.ts'

/** A resource as projects see it. */
export interface Owned {
  readonly urn: string
  /** Where it is found, below the API's address. */
  readonly path: string
  readonly createdMs: number
}

interface UrnKind {
  /** As in `do:<type>:<id>`. */
  readonly type: string
  /** Other types that name the same resources. */
  readonly aliases: readonly string[]
  /** The one with this id, unless it is gone. */
  readonly find: (tables: Tables, id: string) => Owned | undefined
  readonly all: (tables: Tables) => Iterable<Owned>
}

/** The kinds of resource that belong to projects. A new kind adds its line here. */
const urnKinds: readonly UrnKind[] = [
  kind({
    type: 'droplet',
    path: 'droplets',
    table: (tables) => tables.droplets,
    id: (row) => row.id,
  }),
  kind({
    type: 'dbaas',
    path: 'databases',
    table: (tables) => tables.databases,
    id: (row) => row.id,
  }),
  kind({
    type: 'kubernetes',
    path: 'kubernetes/clusters',
    table: (tables) => tables.kubernetes,
    id: (row) => row.id,
  }),
  kind({
    type: 'volume',
    path: 'volumes',
    table: (tables) => tables.volumes,
    id: (row) => row.id,
  }),
  kind({
    type: 'floatingip',
    aliases: ['reservedip'],
    path: 'floating_ips',
    table: (tables) => tables.reservedIps,
    id: (row) => row.ip,
  }),
  kind({
    type: 'loadbalancer',
    path: 'load_balancers',
    table: (tables) => tables.loadBalancers,
    id: (row) => row.id,
  }),
  kind({
    type: 'domain',
    path: 'domains',
    table: (tables) => tables.domains,
    id: (row) => row.name,
  }),
]

/** The resource of a URN: undefined for what is not one, of no kind we have, or gone. */
export function findOwned(tables: Tables, urn: string): Owned | undefined {
  const [, type = '', id = ''] = /^do:([a-z]+):(.+)$/.exec(urn) ?? []
  const found = urnKinds.find((each) => each.type === type || each.aliases.includes(type))
  return found?.find(tables, id)
}

/** Every resource of the account that is in some project, kind by kind. */
export function* allOwned(tables: Tables): Iterable<Owned> {
  for (const each of urnKinds) yield* each.all(tables)
}

interface Living {
  readonly createdMs: number
  readonly deletedMs?: number | null
}

function kind<Row extends Living>(definition: {
  readonly type: string
  /** The collection's, below `/v2/`. */
  readonly path: string
  readonly aliases?: readonly string[]
  readonly table: (tables: Tables) => Pick<Table<Row>, 'get' | 'rows'>
  /** The id as URN and path have it; what the table has it under, too. */
  readonly id: (row: Row) => string | number
}): UrnKind {
  const { type, path, aliases = [], table, id } = definition
  const owned = (row: Row) => ({
    urn: `do:${type}:${id(row)}`,
    path: `/v2/${path}/${id(row)}`,
    createdMs: row.createdMs,
  })
  const lives = (row: Row) => (row.deletedMs ?? null) === null
  return {
    type,
    aliases,
    find: (tables, key) => {
      const row = table(tables).get(key)
      return row && lives(row) ? owned(row) : undefined
    },
    *all(tables) {
      for (const row of table(tables).rows()) if (lives(row)) yield owned(row)
    },
  }
}
