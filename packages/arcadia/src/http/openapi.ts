import type { OpenAPIHono } from '@hono/zod-openapi'
import manifest from '../../package.json' with { type: 'json' }
import type { ApiEnv } from './environment.ts'
import { bearerScheme } from './route.ts'

const description = `
Every error is a problem (RFC 9457, \`application/problem+json\`) with a stable \`code\`. Lists answer
\`{data, next_cursor}\`: give \`next_cursor\` as \`cursor\` for the next page. All times are UTC. What
takes long is a saga: the answer says where it stands, and \`GET /api/v1/sagas/{id}\` how it goes on.
\`x-permission\` names what the bearer of the token must be allowed: the role platform_admin is allowed
everything, viewer to read all but drift and tokens.
`.trim()

/** Serves the description of all routes that were added before, without a token. */
export function describeApi(app: OpenAPIHono<ApiEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', bearerScheme, {
    type: 'http',
    scheme: 'bearer',
    description: 'A token made by "arcadia token create", or the first administrator\'s.',
  })
  // Made once, when it is first asked for: it never changes.
  let text: string | undefined
  app.get('/api/openapi.json', (context) => {
    text ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'ArcadiaCloud',
          version: manifest.version,
          description,
          license: { name: 'MIT' },
        },
        servers: [{ url: '/' }],
      }),
    )
    return context.body(text, 200, { 'content-type': 'application/json' })
  })
}
