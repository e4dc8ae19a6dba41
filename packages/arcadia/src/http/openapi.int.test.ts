import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { grants, type Permission, permissions } from '../access/index.ts'
import { type ApiWorld, apiWorld } from './testing/api-world.ts'

const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  'x-permission': z.enum(permissions).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
})
const document = z.looseObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.unknown()),
    securitySchemes: z.object({
      bearer: z.looseObject({ type: z.literal('http'), scheme: z.literal('bearer') }),
    }),
  }),
})
type Operation = z.infer<typeof operation>

let world: ApiWorld
let described: z.infer<typeof document>
let operations: readonly (readonly [method: string, path: string, operation: Operation])[]

beforeAll(async () => {
  world = await apiWorld({ resources: 0 })
  described = await world.anonymous.get('/api/openapi.json', document)
  operations = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, found]) => [method, path, found] as const),
  )
})
afterAll(() => world.close())

describe('the description', () => {
  test('has every route of the API, and no other', () => {
    const names = operations.map(([method, path]) => `${method.toUpperCase()} ${path}`).sort()
    expect(names).toEqual(routes)
  })

  test('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(described).matchAll(/"\$ref":"#\/([^"]+)"/g)]
    expect(references.length).toBeGreaterThan(20)
    for (const [, pointer = ''] of references) {
      const found = pointer
        .split('/')
        .reduce<unknown>((value, part) => memberOf(value, part), described)
      expect(found, pointer).toBeDefined()
    }
  })

  test('names each operation once', () => {
    const ids = operations.map(([, , { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('has a parameter for each place in a path', () => {
    for (const [, path, { parameters = [] }] of operations) {
      const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name }) => name)).toEqual(places)
    }
  })

  test('says of every route whether it takes a token, and what its refusals are', () => {
    for (const [, path, { security, responses, ...found }] of operations) {
      const isOpen = path === '/healthz' || path === '/readyz'
      expect(security, path).toEqual(isOpen ? [] : [{ bearer: [] }])
      if (isOpen) continue
      expect(found['x-permission'], path).toBeDefined()
      for (const status of ['401', '403', '500', '503']) {
        expect(responses[status], `${path} ${status}`).toMatchObject({
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        })
      }
    }
  })

  test('shows what a body looks like', () => {
    for (const [method, path, found] of operations) {
      const body = found['requestBody']
      if (body === undefined) continue
      const [, name = ''] = /schemas\/(\w+)/.exec(JSON.stringify(body)) ?? []
      const schema = described.components.schemas[name]
      expect(schema, `${method} ${path}`).toHaveProperty('example')
    }
  })

  test('lists limits and defaults of lists', () => {
    const [, , list] = operations.find(([, path]) => path === '/api/v1/resources') ?? []
    expect(list?.parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        schema: expect.objectContaining({ maximum: 200, default: 50 }),
      }),
    )
  })
})

describe('every route that takes a token', () => {
  const someId = '01890000-0000-7000-8000-000000000000'
  const address = (path: string) => path.replace('{id}', someId)

  test('is 401 without one, and with one that is not good', async () => {
    for (const [method, path, { security }] of operations) {
      if (security.length === 0) continue
      const bare = await world.anonymous.call(method.toUpperCase(), address(path))
      expect(bare, path).toMatchObject({ status: 401, body: { code: 'token_missing' } })
      expect(bare.headers.get('www-authenticate')).toBe('Bearer realm="arcadia"')
      const wrong = await world.as('arc_wrong').call(method.toUpperCase(), address(path))
      expect(wrong, path).toMatchObject({ status: 401, body: { code: 'token_invalid' } })
      expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"')
    }
  })

  test('is 403 for a viewer who may not, before anything else is looked at', async () => {
    const refused: Permission[] = []
    for (const [method, path, { 'x-permission': permission }] of operations) {
      if (permission === undefined) continue
      const answer = await world.viewer.send(method.toUpperCase(), address(path), {
        ...(method === 'get' || method === 'delete' ? {} : { body: '{broken' }),
      })
      if (grants.viewer.includes(permission)) expect(answer.status, path).not.toBe(403)
      else {
        expect(answer, path).toMatchObject({ status: 403, body: { code: 'forbidden' } })
        refused.push(permission)
      }
    }
    expect([...new Set(refused)].sort()).toEqual(
      permissions.filter((permission) => !grants.viewer.includes(permission)).sort(),
    )
  })

  test.each(['Basic YWRtaW46eA==', 'Bearer', 'Bearer  ', 'arc_x', `Bearer ${'x'.repeat(600)}`])(
    'takes no header such as "%s"',
    async (authorization) => {
      const answer = await world.anonymous.send('GET', '/api/v1/sagas', {
        headers: { authorization },
      })
      expect(answer.status).toBe(401)
    },
  )

  test('refuses a token that was revoked, from its next request on', async () => {
    const made = await world.admin.call('POST', '/api/v1/tokens', { name: 'brief', role: 'viewer' })
    const { id, token } = z.object({ id: z.uuid(), token: z.string() }).parse(made.body)
    expect((await world.as(token).call('GET', '/api/v1/sagas')).status).toBe(200)
    expect((await world.admin.call('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204)
    expect((await world.as(token).call('GET', '/api/v1/sagas')).status).toBe(401)
  })
})

test('every answer forbids a browser to make more of it', async () => {
  for (const path of ['/healthz', '/nope', '/api/v1/sagas', '/api/openapi.json']) {
    const { headers } = await world.anonymous.call('GET', path)
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-request-id': expect.any(String),
    })
    expect(headers.has('access-control-allow-origin')).toBe(false)
  }
})

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

const routes = [
  'DELETE /api/v1/tokens/{id}',
  'GET /api/v1/accounts',
  'GET /api/v1/accounts/{id}',
  'GET /api/v1/drift',
  'GET /api/v1/drift/{id}',
  'GET /api/v1/freeze',
  'GET /api/v1/locks',
  'GET /api/v1/resources',
  'GET /api/v1/resources/{id}',
  'GET /api/v1/resources/{id}/events',
  'GET /api/v1/sagas',
  'GET /api/v1/sagas/stranded',
  'GET /api/v1/sagas/{id}',
  'GET /api/v1/sagas/{id}/events',
  'GET /api/v1/schedules',
  'GET /api/v1/schedules/{name}/next',
  'GET /api/v1/syncs',
  'GET /api/v1/tokens',
  'GET /healthz',
  'GET /readyz',
  'POST /api/v1/accounts/{id}/disable-writes',
  'POST /api/v1/accounts/{id}/enable-writes',
  'POST /api/v1/baseline',
  'POST /api/v1/drift/detect',
  'POST /api/v1/drift/{id}/accept',
  'POST /api/v1/freeze',
  'POST /api/v1/resume',
  'POST /api/v1/sagas',
  'POST /api/v1/sagas/preview',
  'POST /api/v1/sagas/{id}/abandon',
  'POST /api/v1/sagas/{id}/approve',
  'POST /api/v1/sagas/{id}/cancel',
  'POST /api/v1/sagas/{id}/park',
  'POST /api/v1/sagas/{id}/reject',
  'POST /api/v1/sagas/{id}/resolve',
  'POST /api/v1/sagas/{id}/retry',
  'POST /api/v1/sagas/{id}/rollback',
  'POST /api/v1/sagas/{id}/signal',
  'POST /api/v1/sagas/{id}/skip',
  'POST /api/v1/schedules/{name}/pause',
  'POST /api/v1/schedules/{name}/resume',
  'POST /api/v1/schedules/{name}/run',
  'POST /api/v1/sync',
  'POST /api/v1/tokens',
  'PUT /api/v1/resources/{id}/spec',
].sort()
