import { z } from 'zod'
import { largestFleet } from '../fleet/fleet.ts'
import { tokenGrant } from '../http/access.ts'
import { actionView } from '../resources/actions/actions.ts'
import { routes } from '../resources/index.ts'
import type { Simulation } from '../simulation.ts'
import { speedSetting } from '../time.ts'
import { type ControlApp, readBody } from './body.ts'
import { endActionNow } from './droplets.ts'
import { stateView } from './state.ts'

const clockOrder = z.strictObject({
  advance_ms: z.int().min(0).optional(),
  speed: speedSetting.optional(),
})
const tokensOrder = z.strictObject({ tokens: z.array(tokenGrant).nullable() })
const actionOrder = z.strictObject({ status: z.enum(['completed', 'errored']) })
const resetOrder = z.strictObject({ resources: z.int().min(0).max(largestFleet).optional() })

/** The simulated world as a whole: its time, its tokens, what it holds, what it was asked. */
export function worldControls(app: ControlApp, simulation: Simulation): void {
  app.get('/health', (context) => context.json({ status: 'ok', time: isoNow(simulation) }))
  app.get('/routes', (context) => {
    const served = routes.map(({ method, path, scopes }) => ({ method, path, scopes }))
    return context.json({ count: served.length, routes: served })
  })
  app.get('/requests', (context) => {
    return context.json(
      simulation.requests.find(context.req.query('method'), context.req.query('path')),
    )
  })
  app.get('/state', async (context) => {
    const state = stateView(simulation)
    await simulation.store.durable()
    return context.json(state)
  })
  app.post('/tokens', async (context) => {
    const { tokens } = await readBody(context, tokensOrder)
    simulation.tokens.declare(tokens)
    return context.json({ declared: simulation.tokens.declared })
  })
  app.post('/clock', async (context) => {
    const asked = await readBody(context, clockOrder)
    if (asked.speed !== undefined) simulation.setSpeed(asked.speed)
    if (asked.advance_ms !== undefined) simulation.advance(asked.advance_ms)
    const time = isoNow(simulation)
    await simulation.store.durable()
    return context.json({ time, speed: simulation.world.time.speed })
  })
  app.post('/actions/:id', async (context) => {
    const { status } = await readBody(context, actionOrder)
    const id = context.req.param('id')
    await endActionNow(simulation, id, status)
    const action = simulation.store.tables.actions.get(id)
    return context.json({ action: action && actionView(action) })
  })
  app.post('/reset', async (context) => {
    const { resources } = await readBody(context, resetOrder)
    simulation.reset(resources)
    await simulation.store.durable()
    return context.json(stateView(simulation))
  })
}

function isoNow(simulation: Simulation): string {
  return new Date(simulation.now()).toISOString()
}
