import { Hono } from 'hono'
import { ApiError } from '../http/answer.ts'
import type { Environment } from '../http/connection.ts'
import type { Simulation } from '../simulation.ts'
import type { ControlApp } from './body.ts'
import { callControls } from './calls.ts'
import { dropletControls } from './droplets.ts'
import { faultControls } from './faults.ts'
import { worldControls } from './world.ts'

/** The routes by which a test or an operator handles the simulator itself: no token, no limits. */
export function controlRoutes(simulation: Simulation): ControlApp {
  const app: ControlApp = new Hono<Environment>({ strict: false })
  faultControls(app, simulation)
  callControls(app, simulation)
  dropletControls(app, simulation)
  worldControls(app, simulation)
  app.all('*', (context) =>
    context.json({ id: 'not_found', message: 'There is no such control.' }, 404),
  )
  app.onError((error) => {
    if (error instanceof ApiError) {
      return Response.json({ id: error.id, message: error.message }, { status: error.status })
    }
    simulation.log.error(error.stack ?? error.message)
    return Response.json({ id: 'server_error', message: error.message }, { status: 500 })
  })
  return app
}
