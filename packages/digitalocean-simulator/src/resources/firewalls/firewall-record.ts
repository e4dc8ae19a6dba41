import { z } from 'zod'
import { Table } from '../../store/table.ts'

/** Where traffic may come from or go to; what was not named stays unnamed. */
const firewallTarget = z.object({
  addresses: z.array(z.string()).optional(),
  droplet_ids: z.array(z.number()).optional(),
  load_balancer_uids: z.array(z.string()).optional(),
  kubernetes_ids: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
})
export type FirewallTarget = Readonly<z.infer<typeof firewallTarget>>

const firewallRule = z.object({
  protocol: z.enum(['tcp', 'udp', 'icmp']),
  /** A port, a range such as `8000-9000`, or `0` for all. */
  ports: z.string(),
  action: z.enum(['allow', 'deny']),
  target: firewallTarget,
})
export type FirewallRule = Readonly<z.infer<typeof firewallRule>>

const firewallRecord = z.object({
  id: z.string(),
  name: z.string(),
  inbound: z.array(firewallRule),
  outbound: z.array(firewallRule),
  /** Those named by id. */
  droplets: z.array(z.number()),
  /** Destroyed ones, that are told of until some time after. */
  leaving: z.array(z.object({ droplet: z.number(), untilMs: z.number() })),
  tags: z.array(z.string()),
  /** On which droplets a change takes effect, and when it will have. */
  pending: z.array(z.object({ droplet: z.number(), removing: z.boolean(), untilMs: z.number() })),
  createdMs: z.number(),
})
export type FirewallRecord = Readonly<z.infer<typeof firewallRecord>>

export function firewallTable() {
  return new Table<FirewallRecord, 'name' | 'droplet' | 'tag' | 'tag-in-rule'>({
    name: 'firewalls',
    schema: firewallRecord,
    key: (row) => row.id,
    indexes: {
      name: (row) => [row.name],
      droplet: (row) => row.droplets.map(String),
      tag: (row) => row.tags.map((tag) => tag.toLowerCase()),
      'tag-in-rule': (row) => [
        ...new Set(
          [...row.inbound, ...row.outbound].flatMap(({ target }) =>
            (target.tags ?? []).map((tag) => tag.toLowerCase()),
          ),
        ),
      ],
    },
  })
}
