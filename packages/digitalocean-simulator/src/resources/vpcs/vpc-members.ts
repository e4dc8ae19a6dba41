import type { Scope } from '../../http/access.ts'
import type { World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'

/** Something that is in a network. */
export interface VpcMember {
  readonly urn: string
  readonly name: string
  readonly createdMs: number
}

/** A kind of resource that is in a network, and keeps it from being deleted. */
interface MemberKind {
  /** As its URNs name it. */
  readonly type: string
  /** What a token needs to see it. */
  readonly scope: Scope
  readonly membersOf: (tx: Transaction, world: World, vpcId: string) => readonly VpcMember[]
}

/** Every kind that lives in networks. A new one adds its line here. */
export const memberKinds: readonly MemberKind[] = [
  { type: 'droplet', scope: 'droplet:read', membersOf: dropletsIn },
  { type: 'loadbalancer', scope: 'load_balancer:read', membersOf: loadBalancersIn },
  { type: 'dbaas', scope: 'database:read', membersOf: databasesIn },
  { type: 'kubernetes', scope: 'kubernetes:read', membersOf: clustersIn },
]

export function isEmptyVpc(tx: Transaction, world: World, vpcId: string): boolean {
  return memberKinds.every((kind) => kind.membersOf(tx, world, vpcId).length === 0)
}

/** Their URNs carry a UUID here, which no other answer of the API names: so it was seen. */
function dropletsIn(tx: Transaction, world: World, vpcId: string): readonly VpcMember[] {
  return tx.tables.droplets.find('vpc', vpcId).map(({ id, name, createdMs }) => ({
    urn: `do:droplet:${world.random.uuid('droplet', id)}`,
    name,
    createdMs,
  }))
}

function loadBalancersIn(tx: Transaction, _world: World, vpcId: string): readonly VpcMember[] {
  return tx.tables.loadBalancers
    .find('vpc', vpcId)
    .map((row) => memberOf('loadbalancer', { ...row, name: row.settings.name }))
}

function databasesIn(tx: Transaction, _world: World, vpcId: string): readonly VpcMember[] {
  const living = Array.from(tx.tables.databases.rows())
  return living.filter(({ vpc }) => vpc === vpcId).map((row) => memberOf('dbaas', row))
}

function clustersIn(tx: Transaction, _world: World, vpcId: string): readonly VpcMember[] {
  const living = Array.from(tx.tables.kubernetes.rows())
  return living.filter(({ vpc }) => vpc === vpcId).map((row) => memberOf('kubernetes', row))
}

function memberOf(
  type: string,
  { id, name, createdMs }: { id: string; name: string; createdMs: number },
): VpcMember {
  return { urn: `do:${type}:${id}`, name, createdMs }
}
