import type { Context, Hono } from 'hono'
import { routes } from '../resources/index.ts'
import type { Environment } from './connection.ts'
import type { Route } from './route.ts'

/** What is done with a request: `route` is null when it is for no operation that is simulated. */
type Serve = (context: Context<Environment>, route: Route | null) => Promise<Response>

/** Finds the operation that each request is for. */
export function serveRoutes(app: Hono<Environment>, serve: Serve): void {
  for (const route of routes) app.on(route.method, route.path, (context) => serve(context, route))
  app.all('*', (context) => serve(context, null))
}
