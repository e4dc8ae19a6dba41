import { z } from 'zod'
import { findDatabaseSize } from '../../catalog/database-sizes.ts'
import { availableRegions } from '../../catalog/regions.ts'
import { ApiError, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call } from '../../http/route.ts'
import { assignAsked } from '../projects/project-membership.ts'
import { drawLag } from '../snapshots/snapshot-life.ts'
import { ensureTags } from '../tags/tag-naming.ts'
import { chooseVpc } from '../vpcs/vpc-life.ts'
import { type Engine, engineOf, findVersion, newest, sizesFor } from './engines.ts'
import { drawPassword, dueAt, withEvent } from './life.ts'
import { type DatabaseRecord, engineSlug } from './record.ts'
import { ruleInput, rulesFrom } from './rules.ts'
import { databaseView } from './view.ts'

const clusterName = /^[a-z][a-z0-9-]{1,61}[a-z0-9]$/

const creation = z.object({
  name: z.string(),
  engine: engineSlug,
  version: z.string().nullish(),
  num_nodes: z.int().positive(),
  size: z.string(),
  region: z.string(),
  storage_size_mib: z.int().nonnegative().nullish(),
  private_network_uuid: z.string().nullish(),
  project_id: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  rules: z.array(ruleInput).nullish(),
  backup_restore: z.object({ database_name: z.string() }).nullish(),
})
type Creation = z.infer<typeof creation>

/** `POST /v2/databases`: empty, or from another cluster's backup. */
export function createDatabase(call: Call) {
  const asked = parseBody(creation, call.body)
  if (asked.tags && asked.tags.length > 0) call.access.require('tag:create')
  const engine = engineOf(asked.engine)
  checkName(call, asked.name)
  if (!availableRegions.includes(asked.region)) throw unprocessable('invalid region')
  const version = asked.version ? findVersion(engine, asked.version) : newest(engine)
  if (!version) throw unprocessable('invalid cluster engine version')
  const storageMib = checkLayout(engine, asked.size, asked.num_nodes, asked.storage_size_mib)
  const cluster = addCluster(call, asked, version.version, storageMib)
  assignAsked(call.tx, asked.project_id, `do:dbaas:${cluster.id}`, call.now)
  return { status: 201, body: { database: databaseView(call, cluster) } }
}

/** @throws ApiError 422 for a name that no host may have, or that a cluster or replica has */
export function checkName(call: Call, name: string): void {
  if (!clusterName.test(name)) {
    throw unprocessable(
      'cluster name must be 3 to 63 lowercase letters, digits and dashes, and begin with a letter',
    )
  }
  for (const other of call.tx.tables.databases.rows()) {
    if (other.name === name || other.replicas.some((each) => each.name === name)) {
      throw unprocessable('cluster name is not available')
    }
  }
}

/**
 * How much storage the nodes have.
 * @throws ApiError 422 for a size or number of nodes that there is not
 */
export function checkLayout(
  engine: Engine,
  slug: string,
  nodes: number,
  askedMib: number | null | undefined,
): number {
  const size = findDatabaseSize(slug)
  if (!size) throw unprocessable('invalid size')
  if (!engine.nodes.includes(nodes) || !sizesFor(nodes).includes(size)) {
    throw unprocessable('invalid number of nodes for this size')
  }
  const storageMib = askedMib || size.minStorageMib
  if (storageMib < size.minStorageMib || storageMib > size.maxStorageMib) {
    throw unprocessable(
      `storage_size_mib must be between ${size.minStorageMib} and ${size.maxStorageMib}`,
    )
  }
  return storageMib
}

function addCluster(
  call: Call,
  asked: Creation,
  version: string,
  storageMib: number,
): DatabaseRecord {
  const { tx, world, now } = call
  const source = asked.backup_restore ? restored(call, asked) : undefined
  const id = world.random.uuid('database', tx.next('database'))
  const status = source ? ('forking' as const) : ('creating' as const)
  const { region, size, num_nodes: numNodes } = asked
  const shape = { region, size, numNodes, storageMib }
  const admin = engineOf(asked.engine).admin
  const day = world.random.pick(['monday', 'tuesday', 'wednesday', 'thursday'], 'day', id)
  return tx.put(tx.tables.databases, {
    ...shape,
    id,
    name: asked.name,
    engine: asked.engine,
    version,
    status,
    pending: { dueMs: dueAt(call, status, id), shape, fate: call.fate },
    vpc: chooseVpc(call, asked.private_network_uuid, region).id,
    tags: ensureTags(tx, asked.tags ?? []),
    maintenance: { day, hour: `0${world.random.integer(0, 9, 'hour', id)}:00` },
    maintainedMs: now,
    rules: rulesFrom(call, { id, rules: [] }, asked.rules ?? []),
    users: [
      {
        name: admin,
        role: 'primary',
        password: drawPassword(world, id, admin),
        authPlugin: asked.engine === 'mysql' ? 'caching_sha2_password' : null,
        settings: null,
      },
      ...(source?.users.slice(1) ?? []),
    ],
    dbs: source?.dbs ?? bornWith(asked.engine),
    pools: [],
    replicas: [],
    config: {},
    evictionPolicy: 'noeviction',
    sqlMode: 'ANSI,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,STRICT_ALL_TABLES',
    events: withEvent(call, { id, events: [] }, 'cluster_create'),
    createdMs: now,
    readableMs: now + drawLag(world, world.lag.read, 'database', id),
  })
}

function bornWith(engine: DatabaseRecord['engine']): string[] {
  if (engine === 'mongodb') return ['admin']
  return engine === 'pg' || engine === 'mysql' ? ['defaultdb'] : []
}

function restored(call: Call, asked: Creation): DatabaseRecord {
  for (const other of call.tx.tables.databases.rows()) {
    if (other.name === asked.backup_restore?.database_name && other.engine === asked.engine) {
      return other
    }
  }
  throw new ApiError(404, 'not_found', 'the cluster to restore from was not found')
}
