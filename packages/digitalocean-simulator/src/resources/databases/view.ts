import type { Call } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { ownerView } from '../account.ts'
import { projectOf } from '../projects/project-membership.ts'
import { engineOf, findVersion } from './engines.ts'
import { maintenanceView } from './maintenance.ts'
import type { DatabasePool, DatabaseRecord, DatabaseReplica, DatabaseUser } from './record.ts'

const poolPort = 25061
const metricsPort = 9273

/** A cluster as the API writes it. */
export function databaseView(call: Call, cluster: DatabaseRecord) {
  const engine = engineOf(cluster.engine)
  const version = findVersion(engine, cluster.version)
  const host = hostOf(call, cluster.name)
  return {
    id: cluster.id,
    name: cluster.name,
    engine: cluster.engine,
    version: cluster.version,
    semantic_version: version?.semantic ?? cluster.version,
    num_nodes: cluster.numNodes,
    size: cluster.size,
    storage_size_mib: cluster.storageMib,
    region: cluster.region,
    status: cluster.status,
    created_at: timestamp(cluster.createdMs),
    private_network_uuid: cluster.vpc,
    project_id: projectOf(call.tx, `do:dbaas:${cluster.id}`),
    tags: cluster.tags,
    db_names: engine.has.dbs ? cluster.dbs : null,
    maintenance_window: maintenanceView(cluster, call.now),
    version_end_of_life: version?.endOfLife ?? undefined,
    version_end_of_availability: version?.endOfAvailability ?? undefined,
    metrics_endpoints: [{ host, port: metricsPort }],
    users: cluster.users.map((each) => userView(call, each)),
    rules: ruleViews(cluster),
    ...connections(call, cluster),
  }
}

function connections(call: Call, cluster: DatabaseRecord) {
  const to = (prefix: string) => connectionView(call, cluster, prefix)
  const standby = cluster.numNodes > 1 && engineOf(cluster.engine).has.replicas
  return {
    connection: to(''),
    private_connection: to('private-'),
    ...(standby
      ? { standby_connection: to('replica-'), standby_private_connection: to('private-replica-') }
      : {}),
  }
}

/** As whom and where somebody connects; nothing listens there. */
function connectionView(call: Call, cluster: DatabaseRecord, prefix: string, pool?: DatabasePool) {
  const engine = engineOf(cluster.engine)
  const named = cluster.users.find((each) => each.name === pool?.user)
  const user = named ?? cluster.users[0] ?? { name: engine.admin, password: '' }
  const address = {
    host: `${prefix}${hostOf(call, cluster.name)}`,
    user: user.name,
    password: user.password,
    database: pool?.name ?? cluster.dbs[0] ?? '',
  }
  const port = pool ? poolPort : engine.port
  const open = {
    protocol: engine.protocol,
    host: address.host,
    database: address.database,
    port,
    ssl: true,
  }
  return seesCredentials(call) ? { ...open, ...address, uri: engine.uri(address, port) } : open
}

function seesCredentials(call: Call): boolean {
  return call.access.can('database:view_credentials')
}

export function poolView(call: Call, cluster: DatabaseRecord, pool: DatabasePool) {
  return {
    name: pool.name,
    mode: pool.mode,
    size: pool.size,
    db: pool.db,
    user: pool.user ?? '',
    connection: connectionView(call, cluster, '', pool),
    private_connection: connectionView(call, cluster, 'private-', pool),
  }
}

export function replicaView(call: Call, cluster: DatabaseRecord, replica: DatabaseReplica) {
  const as = { ...cluster, name: replica.name }
  return {
    id: replica.id,
    name: replica.name,
    region: replica.region,
    size: replica.size,
    storage_size_mib: replica.storageMib,
    status: replica.dueMs === null ? 'online' : replica.becomes ? 'resizing' : 'creating',
    tags: replica.tags,
    created_at: timestamp(replica.createdMs),
    private_network_uuid: replica.vpc,
    connection: connectionView(call, as, ''),
    private_connection: connectionView(call, as, 'private-'),
  }
}

export function userView(call: Call, user: DatabaseUser) {
  return {
    name: user.name,
    role: user.role,
    ...(seesCredentials(call) ? { password: user.password } : {}),
    ...(user.authPlugin === null ? {} : { mysql_settings: { auth_plugin: user.authPlugin } }),
    ...(user.settings === null ? {} : { settings: user.settings }),
  }
}

export function ruleViews(cluster: Pick<DatabaseRecord, 'id' | 'rules'>) {
  return cluster.rules.map((rule) => ({
    uuid: rule.uuid,
    cluster_uuid: cluster.id,
    type: rule.type,
    value: rule.value,
    created_at: timestamp(rule.createdMs),
    ...(rule.description === null ? {} : { description: rule.description }),
  }))
}

function hostOf(call: Call, name: string): string {
  return `${name}-do-user-${ownerView(call.world).owner_id}-0.db.ondigitalocean.com`
}
