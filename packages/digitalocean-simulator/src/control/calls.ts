import { Hono } from 'hono'
import { z } from 'zod'
import type { Environment } from '../http/connection.ts'
import { answerNobody } from '../http/pipeline.ts'
import { serveRoutes } from '../http/routing.ts'
import type { Simulation } from '../simulation.ts'
import { type ControlApp, readBody } from './body.ts'

const order = z.strictObject({
  method: z
    .string()
    .toUpperCase()
    .pipe(z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])),
  path: z.string().regex(/^\/v2\/\S/, 'must begin with /v2/'),
  query: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).default({}),
})

/** Any request to the API, made by nobody. */
export function callControls(app: ControlApp, simulation: Simulation): void {
  const api = new Hono<Environment>({ strict: false })
  serveRoutes(api, async (context, route) => {
    const { status, headers, text } = await answerNobody(simulation, {
      method: context.req.method,
      url: new URL(context.req.url),
      header: (name) => context.req.header(name),
      text: await context.req.text(),
      params: context.req.param(),
      route,
    })
    return new Response(text, { status, headers })
  })
  app.post('/calls', async (context) => {
    const { method, path, query, body, headers } = await readBody(context, order)
    const url = new URL(path, context.req.url)
    for (const [name, value] of Object.entries(query)) url.searchParams.append(name, String(value))
    // A GET has no body by the rules of `Request`, and none here is looked for.
    const content = body === undefined || method === 'GET' ? {} : { body: JSON.stringify(body) }
    const answer = await api.fetch(new Request(url, { method, headers, ...content }))
    return context.json({ status: answer.status, body: await contentOf(answer) })
  })
}

/** JSON as what it says, anything else as text; null when there is nothing. */
async function contentOf(answer: Response): Promise<unknown> {
  const text = await answer.text()
  if (text === '') return null
  return answer.headers.get('content-type')?.startsWith('application/json')
    ? JSON.parse(text)
    : text
}
