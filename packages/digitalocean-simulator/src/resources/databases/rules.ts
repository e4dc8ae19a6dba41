import { z } from 'zod'
import { notFound } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call } from '../../http/route.ts'
import { change, changeReplica, clusterOf, replicaAsCluster } from './life.ts'
import type { DatabaseRecord } from './record.ts'
import { ruleViews } from './view.ts'

/** The official client sends whole rules back, with ids that are empty for new ones. */
export const ruleInput = z.object({
  uuid: z.string().nullish(),
  type: z.enum(['droplet', 'k8s', 'ip_addr', 'tag', 'app']),
  value: z.string().min(1),
  description: z.string().nullish(),
})
const replacement = z.object({ rules: z.array(ruleInput).nullish() })

/** The rules as stored: those that are known keep their id and age. */
export function rulesFrom(
  call: Call,
  cluster: { readonly id: string; readonly rules: DatabaseRecord['rules'] },
  asked: readonly z.infer<typeof ruleInput>[],
): DatabaseRecord['rules'] {
  return asked.map(({ type, value, description }) => {
    const known = cluster.rules.find((each) => each.type === type && each.value === value)
    const uuid = call.world.random.uuid('database-rule', cluster.id, type, value)
    const fresh = { uuid, type, value, createdMs: call.now }
    return { ...(known ?? fresh), description: description ?? null }
  })
}

export function showRules(call: Call) {
  const holder = replicaAsCluster(call)?.replica ?? clusterOf(call)
  return { status: 200, body: { rules: ruleViews(holder) } }
}

/** Replaces all of them; a replica has its own. */
export function replaceRules(call: Call) {
  const found = replicaAsCluster(call)
  const holder = found?.replica ?? clusterOf(call)
  const asked = parseBody(replacement, call.body).rules ?? []
  for (const { type, value } of asked) {
    if (type === 'droplet' && !call.tx.tables.droplets.get(value)) throw notFound()
  }
  const rules = rulesFrom(call, holder, asked)
  if (found) changeReplica(call, found.cluster, { ...found.replica, rules })
  else change(call, clusterOf(call), { rules })
  return { status: 204 }
}
