import { z } from 'zod'
import { faultOrder } from '../faults/fault.ts'
import type { Fault, Release } from '../faults/registry.ts'
import { notFound } from '../http/answer.ts'
import { finishAction } from '../resources/settlement.ts'
import type { Simulation } from '../simulation.ts'
import { type ControlApp, readBody } from './body.ts'

const releaseOrder = z.strictObject({ outcome: z.enum(['continue', 'drop']).default('continue') })

/** Faults on demand: add, look at, wait for, release, remove. */
export function faultControls(app: ControlApp, simulation: Simulation): void {
  const { faults } = simulation
  const find = (id: string) => {
    const fault = faults.get(id)
    if (!fault) throw notFound()
    return fault
  }
  app.post('/faults', async (context) => {
    return context.json({ fault: faults.add(await readBody(context, faultOrder)) }, 201)
  })
  app.get('/faults', (context) => context.json({ faults: faults.list() }))
  app.get('/faults/:id', (context) => context.json({ fault: find(context.req.param('id')) }))
  // Answers when the fault has been reached, so that a test need not poll.
  app.get('/faults/:id/reached', async (context) => {
    const fault = find(context.req.param('id'))
    await fault.reached
    return context.json({ fault })
  })
  app.post('/faults/:id/release', async (context) => {
    const { outcome } = await readBody(context, releaseOrder)
    const fault = find(context.req.param('id'))
    const released = await releaseFault(simulation, fault, outcome)
    return context.json({ released, fault })
  })
  app.delete('/faults', async (context) => {
    for (const fault of faults.list()) await removeFault(simulation, fault)
    return context.body(null, 204)
  })
  app.delete('/faults/:id', async (context) => {
    await removeFault(simulation, find(context.req.param('id')))
    return context.body(null, 204)
  })
}

async function removeFault(simulation: Simulation, fault: Fault): Promise<void> {
  await releaseFault(simulation, fault, 'continue')
  simulation.faults.remove(fault)
}

/** Lets held requests go on, and actions that it kept stuck complete. */
async function releaseFault(
  simulation: Simulation,
  fault: Fault,
  outcome: Release,
): Promise<number> {
  const { store, world } = simulation
  const now = simulation.now()
  const actions = store.change((tx) => {
    const stuck = fault.actions
      .map((id) => tx.tables.actions.get(id))
      .filter((action) => action?.status === 'in-progress' && action.fate === 'stuck')
    for (const action of stuck) {
      if (action) finishAction(tx, world, { ...action, fate: 'complete' }, now)
    }
    return stuck.length
  }).value
  await store.durable()
  return actions + fault.release(outcome)
}
