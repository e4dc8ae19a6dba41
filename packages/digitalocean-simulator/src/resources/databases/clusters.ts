import { z } from 'zod'
import { authorityBase64 } from '../../catalog/authority.ts'
import { availableRegions } from '../../catalog/regions.ts'
import { unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { databasePrices } from '../billing/prices.ts'
import { bookEnd } from '../billing/usage.ts'
import { checkLayout, createDatabase } from './creation.ts'
import { engineOf, findVersion, optionsView } from './engines.ts'
import { begin, change, clusterOf, idleCluster } from './life.ts'
import { installUpdate, setMaintenance } from './maintenance.ts'
import type { DatabaseRecord } from './record.ts'
import { resizeReplica } from './replicas.ts'
import { replaceRules, showRules } from './rules.ts'
import { databaseView } from './view.ts'

const resizing = z.object({
  size: z.string(),
  num_nodes: z.int().positive(),
  storage_size_mib: z.int().nonnegative().nullish(),
})
const migration = z.object({ region: z.string() })
const upgrade = z.object({ version: z.string() })

const one = '/v2/databases/:cluster'

/** Database clusters. What is in them has files of its own. Listings are whole, without pages. */
export const databaseRoutes: readonly Route[] = [
  read('/v2/databases/options', () => ({ status: 200, body: optionsView() })),
  read('/v2/databases', list),
  {
    method: 'POST',
    path: '/v2/databases',
    scopes: ['database:create'],
    handle: createDatabase,
  },
  read(one, show),
  { method: 'DELETE', path: one, scopes: ['database:delete'], handle: remove },
  write('resize', resize),
  write('migrate', migrate),
  write('upgrade', upgradeVersion),
  write('maintenance', setMaintenance),
  write('install_update', installUpdate),
  read(`${one}/firewall`, showRules),
  write('firewall', replaceRules),
  read(`${one}/ca`, showAuthority),
  read(`${one}/backups`, listBackups),
  read(`${one}/events`, listEvents),
]

function read(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, scopes: ['database:read'], handle }
}

function write(what: string, handle: Route['handle']): Route {
  return { method: 'PUT', path: `${one}/${what}`, scopes: ['database:update'], handle }
}

function list(call: Call) {
  const tag = call.url.searchParams.get('tag_name')
  const { databases } = call.tx.tables
  const rows = tag ? databases.find('tag', tag.toLowerCase()) : [...databases.rows()]
  const listed = rows.filter((each) => each.readableMs <= call.now)
  return { status: 200, body: { databases: listed.map((each) => databaseView(call, each)) } }
}

function show(call: Call) {
  return { status: 200, body: { database: databaseView(call, clusterOf(call)) } }
}

/** Whatever it is at, and at once. */
function remove(call: Call) {
  const cluster = clusterOf(call)
  for (const price of databasePrices(cluster, call.now)) bookEnd(call.tx, price)
  call.tx.remove(call.tx.tables.databases, cluster.id)
  return { status: 204 }
}

function resize(call: Call) {
  const asked = parseBody(resizing, call.body)
  if (resizeReplica(call, asked)) return { status: 202 }
  const cluster = idleCluster(call)
  const engine = engineOf(cluster.engine)
  const least = checkLayout(engine, asked.size, asked.num_nodes, asked.storage_size_mib)
  const storageMib = asked.storage_size_mib ? least : Math.max(least, cluster.storageMib)
  if (storageMib < cluster.storageMib) {
    throw unprocessable('storage_size_mib must not be less than the current storage')
  }
  begin(call, cluster, 'resizing', { size: asked.size, numNodes: asked.num_nodes, storageMib })
  return { status: 202 }
}

function migrate(call: Call) {
  const cluster = idleCluster(call)
  const { region } = parseBody(migration, call.body)
  if (!availableRegions.includes(region)) throw unprocessable('invalid region')
  if (region === cluster.region) throw unprocessable('cluster is already in this region')
  begin(call, cluster, 'migrating', { region })
  return { status: 202 }
}

function upgradeVersion(call: Call) {
  const cluster = idleCluster(call)
  const { versions } = engineOf(cluster.engine)
  const wanted = findVersion(engineOf(cluster.engine), parseBody(upgrade, call.body).version)
  const current = versions.findIndex((each) => each.version === cluster.version)
  if (!wanted || versions.indexOf(wanted) <= current) {
    throw unprocessable('invalid cluster engine version')
  }
  change(call, cluster, { version: wanted.version })
  return { status: 204 }
}

function showAuthority(call: Call) {
  clusterOf(call)
  return { status: 200, body: { ca: { certificate: authorityBase64 } } }
}

const dayMs = 86_400_000
const backupsKept = 7

/** One a day since it was made, of the last seven days. */
function listBackups(call: Call) {
  const cluster = clusterOf(call)
  const days = Math.floor((call.now - cluster.createdMs) / dayMs)
  const numbers = Array.from({ length: Math.min(days, backupsKept) }, (_, index) => days - index)
  const backups = numbers.map((day) => ({
    created_at: timestamp(cluster.createdMs + day * dayMs),
    size_gigabytes: backupSize(call, cluster, day),
  }))
  return { status: 200, body: { backups } }
}

function backupSize(call: Call, cluster: DatabaseRecord, day: number): number {
  const used = call.world.random.fraction('database-backup', cluster.id, day)
  return Number(((0.02 + 0.01 * used) * (cluster.storageMib / 1024)).toFixed(4))
}

function listEvents(call: Call) {
  const cluster = clusterOf(call)
  const events = cluster.events.map((event) => ({
    id: event.id,
    cluster_name: cluster.name,
    event_type: event.type,
    create_time: timestamp(event.ms),
  }))
  return { status: 200, body: { events: events.reverse() } }
}
