import { z } from 'zod'
import { unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import { change, clusterOf } from './life.ts'
import type { DatabaseRecord, EngineSlug } from './record.ts'

const one = '/v2/databases/:cluster'
const configChange = z.object({ config: z.record(z.string(), z.unknown()) })
const policyChange = z.object({
  eviction_policy: z.enum([
    'noeviction',
    'allkeys_lru',
    'allkeys_random',
    'volatile_lru',
    'volatile_random',
    'volatile_ttl',
  ]),
})
const modeChange = z.object({ sql_mode: z.string() })

/** What is set of an engine as a whole. */
export const databaseSettingRoutes: readonly Route[] = [
  read('config', (call) => ({ config: clusterOf(call).config })),
  {
    method: 'PATCH',
    path: `${one}/config`,
    scopes: ['database:update'],
    handle: changeConfig,
  },
  read('eviction_policy', (call) => ({
    eviction_policy: clusterWith(call, ['redis', 'valkey']).evictionPolicy,
  })),
  write('eviction_policy', (call) => {
    const { eviction_policy: evictionPolicy } = parseBody(policyChange, call.body)
    change(call, clusterWith(call, ['redis', 'valkey']), { evictionPolicy })
  }),
  read('sql_mode', (call) => ({ sql_mode: clusterWith(call, ['mysql']).sqlMode })),
  write('sql_mode', (call) => {
    const { sql_mode: sqlMode } = parseBody(modeChange, call.body)
    change(call, clusterWith(call, ['mysql']), { sqlMode })
  }),
]

/** What was set is told again; nothing is known of what was not. */
function changeConfig(call: Call) {
  const cluster = clusterOf(call)
  const { config } = parseBody(configChange, call.body)
  change(call, cluster, { config: { ...cluster.config, ...config } })
  return { status: 200 }
}

function clusterWith(call: Call, engines: readonly EngineSlug[]): DatabaseRecord {
  const cluster = clusterOf(call)
  if (engines.includes(cluster.engine)) return cluster
  throw unprocessable('operation is not supported for this cluster type')
}

function read(what: string, body: (call: Call) => object): Route {
  const handle = (call: Call) => ({ status: 200, body: body(call) })
  return { method: 'GET', path: `${one}/${what}`, scopes: ['database:read'], handle }
}

function write(what: string, effect: (call: Call) => void): Route {
  const handle = (call: Call) => {
    effect(call)
    return { status: 204 }
  }
  return { method: 'PUT', path: `${one}/${what}`, scopes: ['database:update'], handle }
}
