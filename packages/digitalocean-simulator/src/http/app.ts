import { type Context, Hono } from 'hono'
import { controlRoutes } from '../control/routes.ts'
import type { Simulation } from '../simulation.ts'
import { connectionOf, type Environment } from './connection.ts'
import { answerRequest } from './pipeline.ts'
import type { Route } from './route.ts'
import { serveRoutes } from './routing.ts'

/** The whole HTTP surface: DigitalOcean's API under `/v2`, the simulator's own under `/_simulator`. */
export function createApp(simulation: Simulation): Hono<Environment> {
  // Not strict: the real API takes a slash at the end.
  const app = new Hono<Environment>({ strict: false })
  app.route('/_simulator', controlRoutes(simulation))
  serveRoutes(app, (context, route) => serve(simulation, context, route))
  // Only a client that leaves in the middle of its own request gets here: all else is an answer.
  app.onError((error, context) => {
    simulation.log.warn(`${context.req.method} ${context.req.path}: ${error.message}`)
    return context.body(null, 400)
  })
  return app
}

async function serve(
  simulation: Simulation,
  context: Context<Environment>,
  route: Route | null,
): Promise<Response> {
  const url = new URL(context.req.url)
  const connection = connectionOf(context.env)
  const logged = simulation.requests.begin(context.req.method, url, simulation.world.time.now())
  connection.onSent(() => {
    logged.answered = true
  })
  if (route) logged.route = `${route.method} ${route.path}`
  else {
    logged.simulated = false
    simulation.log.warn(`not simulated: ${context.req.method} ${url.pathname}`)
  }
  const outcome = await answerRequest(simulation, {
    url,
    header: (name) => context.req.header(name),
    text: await context.req.text(),
    params: context.req.param(),
    route,
    logged,
  })
  if (outcome.end === 'hang-up') return connection.hangUp()
  const { status, headers, text } = outcome.message
  logged.status = status
  if (outcome.end === 'cut') return connection.cut(outcome.message)
  if (outcome.end === 'stall') return connection.stall(outcome.message, outcome.release)
  return new Response(text, { status, headers })
}
