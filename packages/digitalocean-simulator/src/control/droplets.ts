import { z } from 'zod'
import { findSize } from '../catalog/sizes.ts'
import { Tokens } from '../http/access.ts'
import { notFound, unprocessable } from '../http/answer.ts'
import type { Call } from '../http/route.ts'
import { checkHostname, createDroplets } from '../resources/droplets/droplet-creation.ts'
import { forgetDroplet } from '../resources/droplets/droplet-destruction.ts'
import { endAction } from '../resources/droplets/droplet-life.ts'
import { type DropletRecord, powerStatus } from '../resources/droplets/droplet-record.ts'
import { dropletView } from '../resources/droplets/droplet-view.ts'
import { finishAction } from '../resources/settlement.ts'
import { ensureTags, noteTagged } from '../resources/tags/tag-naming.ts'
import type { Simulation } from '../simulation.ts'
import type { Transaction } from '../store/transaction.ts'
import { lagFrom } from '../time.ts'
import { type ControlApp, readBody } from './body.ts'

const change = z.strictObject({
  name: z.string().optional(),
  size_slug: z.string().optional(),
  /** In GB; that of the size, if the size changes and this is left out. */
  disk: z.int().positive().optional(),
  tags: z.array(z.string()).optional(),
  status: powerStatus.optional(),
  ipv6: z.boolean().optional(),
  monitoring: z.boolean().optional(),
})
type Change = z.infer<typeof change>

/** As for `POST /v2/droplets`, with defaults for all but the name. */
const creation = z.looseObject({
  region: z.string().default('fra1'),
  size: z.string().default('s-1vcpu-1gb'),
  image: z.union([z.string(), z.number()]).default('debian-13-x64'),
  status: powerStatus.default('active'),
})

/** Changes behind the client's back: at once, by nobody's token, past every rule and lock. */
export function dropletControls(app: ControlApp, simulation: Simulation): void {
  app.post('/droplets', async (context) => {
    const body = await readBody(context, creation)
    const droplets = await behindBack(simulation, context.req.url, body, (call) =>
      create(call, body.status),
    )
    return context.json({ droplets }, 201)
  })
  app.post('/droplets/:id', async (context) => {
    const asked = await readBody(context, change)
    const id = context.req.param('id')
    const droplet = await behindBack(simulation, context.req.url, asked, (call) =>
      dropletView(call, alter(call.tx, living(call.tx, id), asked)),
    )
    return context.json({ droplet })
  })
  app.delete('/droplets/:id', async (context) => {
    const id = context.req.param('id')
    await behindBack(simulation, context.req.url, undefined, (call) => {
      forgetDroplet(call.tx, call.world, living(call.tx, id), call.now)
    })
    return context.body(null, 204)
  })
}

/** Runs `work` as one change, with every permission and no lag, and waits until it is on disk. */
async function behindBack<T>(
  simulation: Simulation,
  url: string,
  body: unknown,
  work: (call: Call) => T,
): Promise<T> {
  const now = simulation.now()
  const access = new Tokens().authenticate('Bearer control')
  const { value } = simulation.store.change((tx) =>
    work({
      tx,
      world: { ...simulation.world, lag: lagFrom(0) },
      now,
      url: new URL(url),
      params: {},
      header: () => undefined,
      body,
      access,
      fate: 'complete',
      begun: () => undefined,
      hideYoungerMs: 0,
    }),
  )
  await simulation.store.durable()
  return value
}

function create(call: Call, status: DropletRecord['status']) {
  const begun: number[] = []
  createDroplets({ ...call, begun: (id) => begun.push(id) })
  return begun.map((id) => {
    const action = call.tx.tables.actions.get(id)
    if (!action) throw notFound()
    finishAction(call.tx, call.world, action, call.now)
    const droplet = living(call.tx, String(action.dropletId))
    return dropletView(call, call.tx.put(call.tx.tables.droplets, { ...droplet, status }))
  })
}

function alter(tx: Transaction, droplet: DropletRecord, asked: Change): DropletRecord {
  if (asked.name !== undefined) checkHostname(asked.name)
  const size = findSize(asked.size_slug ?? droplet.size)
  if (!size) throw unprocessable(`size_slug: there is no size "${asked.size_slug}"`)
  const tags = asked.tags === undefined ? droplet.tags : ensureTags(tx, asked.tags)
  noteTagged(tx, asked.tags ?? [], 'droplets', droplet.id)
  const disk = asked.size_slug === undefined ? droplet.disk : size.disk
  return tx.put(tx.tables.droplets, {
    ...droplet,
    name: asked.name ?? droplet.name,
    size: size.slug,
    disk: asked.disk ?? disk,
    tags,
    status: asked.status ?? droplet.status,
    ipv6: asked.ipv6 ?? droplet.ipv6,
    monitoring: asked.monitoring ?? droplet.monitoring,
  })
}

function living(tx: Transaction, id: string): DropletRecord {
  const droplet = tx.tables.droplets.get(id)
  if (!droplet || droplet.deletedMs !== null) throw notFound()
  return droplet
}

/** Ends an action now, whatever its fate was to be. */
export async function endActionNow(
  simulation: Simulation,
  id: string,
  status: 'completed' | 'errored',
): Promise<void> {
  const now = simulation.now()
  simulation.store.change((tx) => {
    const action = tx.tables.actions.get(id)
    if (action?.status !== 'in-progress') throw notFound()
    if (status === 'errored') endAction(tx, action, 'errored', now)
    else finishAction(tx, simulation.world, { ...action, fate: 'complete' }, now)
  })
  await simulation.store.durable()
}
