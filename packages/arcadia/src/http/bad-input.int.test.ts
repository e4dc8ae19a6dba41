import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { problemSchema } from './problem.ts'
import { type ApiWorld, adminText, apiWorld } from './testing/api-world.ts'
import type { Answer } from './testing/client.ts'

let world: ApiWorld
let before: string

beforeAll(async () => {
  world = await apiWorld()
  await world.sync()
  before = await written()
})
afterAll(() => world.close())

const sagas = '/api/v1/sagas'
const jsonType = { 'content-type': 'application/json' }
const send = (body: string, headers: { readonly [name: string]: string } = jsonType) =>
  world.admin.send('POST', sagas, { headers, body })

/** A problem in the documented form, which wrote nothing. */
async function refused(answer: Answer, status: number, code: string) {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const problem = problemSchema.parse(answer.body)
  expect(problem).toMatchObject({ status, code, type: `urn:arcadia-cloud:problem:${code}` })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('x-request-id')).toBe(problem.request_id)
  expect(await written()).toBe(before)
  return problem
}

describe('bodies', () => {
  test('an unknown kind is refused, and the known ones are named', async () => {
    const problem = await refused(await send('{"kind":"nope"}'), 422, 'unknown_kind')
    expect(problem.detail).toMatch(/"nope".*snapshot_droplet/)
  })

  test('an unknown step is refused', async () => {
    await refused(await send('{"steps":[{"name":"nope"}]}'), 422, 'unknown_step')
  })

  test('steps that only a saga may use are refused as steps of a plan', async () => {
    for (const name of ['record_provisioned', 'delete_droplet', 'forget_droplet']) {
      await refused(await send(JSON.stringify({ steps: [{ name }] })), 422, 'unknown_step')
    }
  })

  test.each(['{', '', '{"kind":"echo"', '[1,]', 'null x'])(
    'malformed JSON is 400: %s',
    async (text) => {
      if (text === '') return
      const problem = await refused(await send(text), 400, 'malformed_json')
      expect(problem.detail).not.toContain(text.length > 3 ? text : 'secret')
    },
  )

  test.each([
    ['null', ''],
    ['[]', ''],
    ['"text"', ''],
    ['{}', 'kind'],
    ['{"kind":7}', 'kind'],
    ['{"kind":"echo","input":"x"}', 'input'],
    ['{"kind":"echo","input":[]}', 'input'],
    ['{"kind":"snapshot_droplet","idempotency_key":""}', 'idempotency_key'],
    ['{"steps":[]}', 'steps'],
    ['{"steps":"echo"}', 'steps'],
    ['{"steps":[{"name":"echo","input":1}]}', 'steps.0.input'],
    ['{"steps":[{"name":"echo"}],"kind":"x"}', ''],
    ['{"kind":"snapshot_droplet","inputs":{}}', ''],
  ])('wrong types are 422, with their path: %s', async (text, path) => {
    const problem = await refused(await send(text), 422, 'invalid_request')
    expect(problem.errors?.map((error) => error.path)).toContain(path)
  })

  test('input that its saga refuses names the path', async () => {
    const body = JSON.stringify({ kind: 'resize_droplet', input: { droplet_id: 'x' } })
    const problem = await refused(await send(body), 422, 'invalid_input')
    expect(problem.errors?.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['input.droplet_id', 'input.size_slug']),
    )
  })

  test.each([{}, { droplet_id: 'x' }, { droplet_id: 1.5 }, { droplet_id: 0 }])(
    'an id that is none says what it must be: %j',
    async (input) => {
      const body = JSON.stringify({ kind: 'snapshot_droplet', input })
      const problem = await refused(await send(body), 422, 'invalid_input')
      expect(problem.errors).toEqual([
        { path: 'input.droplet_id', message: expect.stringContaining('a whole number above 0') },
      ])
    },
  )

  test('a start of nothing is told both ways there are', async () => {
    const problem = await refused(await send('{}'), 422, 'invalid_request')
    expect(problem.detail).toMatch(/give either kind .* or steps/)
  })

  test.each([
    ['{"kind":"echo\\u0000"}', 'kind'],
    ['{"kind":"echo","input":{"a":["\\ud800"]}}', 'input.a.0'],
    ['{"kind":"echo","input":{"\\u0000":1}}', 'input'],
  ])('text that no database takes is refused: %s', async (text, path) => {
    const problem = await refused(await send(text), 422, 'invalid_request')
    expect(problem.errors).toMatchObject([{ path }])
  })

  test('nesting without end is refused', async () => {
    const deep = `{"kind":"echo","input":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`
    const problem = await refused(await send(deep), 422, 'invalid_request')
    expect(problem.detail).toContain('nested deeper')
  })

  test.each([
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': 'application/xml' }],
  ])('another content type is 415: %j', async (headers) => {
    await refused(await send('{"steps":[{"name":"echo"}]}', headers), 415, 'unsupported_media_type')
  })

  test.each(['application/x-www-form-urlencoded', 'application/json', 'text/plain'])(
    'an empty body is no body, though it be said to be %s',
    async (type) => {
      const problem = await refused(
        await send('', { 'content-type': type }),
        422,
        'invalid_request',
      )
      expect(problem.errors).toMatchObject([{ path: 'kind' }])
    },
  )

  test('JSON with a charset is JSON', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    expect((await send('{"kind":"nope"}', headers)).status).toBe(422)
  })
})

describe('bodies over 1 MiB', () => {
  const tooLarge = JSON.stringify({ kind: 'echo', input: { text: 'x'.repeat(1_100_000) } })

  test('are 413 when their length is declared', async () => {
    await refused(await send(tooLarge), 413, 'body_too_large')
  })

  test('are 413 when they come in chunks, of no declared length', async () => {
    const call = openRequest({ 'transfer-encoding': 'chunked' })
    const chunk = 'x'.repeat(65_536)
    for (let sent = 0; sent < 64; sent += 1) call.request.write(chunk)
    expect(await call.status).toBe(413)
    call.request.destroy()
    expect(await written()).toBe(before)
  })

  test('are 413 on every route that takes a body, and at once', async () => {
    for (const [method, path] of [
      ['POST', '/api/v1/baseline'],
      ['POST', '/api/v1/freeze'],
      ['PUT', `/api/v1/resources/${world.account.id}/spec`],
    ] as const) {
      const answer = await world.admin.send(method, path, { headers: jsonType, body: tooLarge })
      await refused(answer, 413, 'body_too_large')
    }
  })

  test('a client that only says it will send so much is refused without sending it', async () => {
    const call = openRequest({ 'content-length': '900000000' })
    call.request.flushHeaders()
    expect(await call.status).toBe(413)
    call.request.destroy()
  })

  test('the largest that is allowed is taken', async () => {
    const frame = JSON.stringify({ kind: 'nope', input: { text: '' } }).length
    const body = JSON.stringify({ kind: 'nope', input: { text: 'x'.repeat(1_048_576 - frame) } })
    await refused(await send(body), 422, 'unknown_kind')
  })
})

/** A request whose body the test sends by itself. */
function openRequest(headers: { readonly [name: string]: string }) {
  const answered = Promise.withResolvers<number | undefined>()
  const { port } = new URL(world.url)
  const opened = request({
    port,
    method: 'POST',
    path: sagas,
    headers: { ...jsonType, authorization: `Bearer ${adminText}`, ...headers },
  })
  opened.on('response', (response) => answered.resolve(response.statusCode))
  opened.on('error', answered.reject)
  return { request: opened, status: answered.promise }
}

describe('queries and paths', () => {
  test.each([
    [`${sagas}?status=done`, 'status.0'],
    [`${sagas}?status=completed,`, 'status.1'],
    [`${sagas}?root_id=x`, 'root_id'],
    [`${sagas}?limit=0`, 'limit'],
    [`${sagas}?limit=201`, 'limit'],
    [`${sagas}?limit=x`, 'limit'],
    [`${sagas}?cursor=x`, 'cursor'],
    [`${sagas}?kind=%00`, 'kind'],
    [`${sagas}?statuss=completed`, ''],
    ['/api/v1/resources?kind=nope', 'kind'],
    ['/api/v1/resources?account_id=x', 'account_id'],
    ['/api/v1/drift?status=opne', 'status.0'],
    ['/api/v1/drift?status=open,', 'status.1'],
    ['/api/v1/drift?severity=dire', 'severity'],
    ['/api/v1/tokens?limit=1e9', 'limit'],
    ['/api/v1/syncs?account_id=1', 'account_id'],
  ])('%s is 422', async (path, place) => {
    const problem = await refused(await world.admin.call('GET', path), 422, 'invalid_request')
    expect(problem.errors?.map((error) => error.path)).toContain(place)
  })

  test.each(['/', '/nope', '/api/v1', '/api/v1/nope', '/api/v1/sagas/', '/api/v2/sagas', '/%00'])(
    'there is nothing at %s',
    async (path) => {
      await refused(await world.admin.call('GET', path), 404, 'no_such_route')
      await refused(await world.anonymous.call('GET', path), 404, 'no_such_route')
    },
  )

  test.each([
    ['DELETE', '/api/v1/sagas', 'GET, POST'],
    ['POST', '/healthz', 'GET'],
    ['GET', `/api/v1/sagas/x/cancel`, 'POST'],
    ['GET', `/api/v1/sagas/x/rollback`, 'POST'],
    ['PATCH', '/api/v1/freeze', 'GET, POST'],
    ['OPTIONS', '/api/v1/drift', 'GET'],
  ])('%s %s is 405', async (method, path, allow) => {
    const answer = await world.admin.call(method, path)
    await refused(answer, 405, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe(allow)
  })
})

describe('the log', () => {
  test('holds no token, no header and no body, and a request id for every refusal', async () => {
    const secret = 'dop_v1_0123456789abcdef'
    await send(JSON.stringify({ kind: 'echo', input: { password: secret } }))
    await send(`{"broken ${secret}`)
    await world.as(`arc_${secret}`).call('GET', sagas)
    await world.admin.call('GET', `/api/v1/arc_${secret}?token=${secret}`)
    await world.admin.send('GET', sagas, { headers: { cookie: `session=${secret}` } })
    const answer = await world.admin.send('GET', sagas, {
      headers: { 'x-request-id': 'mine-1234' },
    })
    expect(answer.headers.get('x-request-id')).toBe('mine-1234')
    const logged = world.logged()
    expect(logged).not.toContain(adminText)
    expect(logged).not.toContain('0123456789abcdef')
    expect(logged).not.toMatch(/bearer|authorization/i)
    const lines = logged
      .trim()
      .split('\n')
      .map((line) => z.looseObject({ msg: z.string() }).parse(JSON.parse(line)))
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'request',
        request_id: 'mine-1234',
        method: 'GET',
        path: sagas,
        status: 200,
        ms: expect.any(Number),
      }),
    )
  })

  test('a request id that is no plain word is replaced', async () => {
    const headers = { 'x-request-id': '{"level":"fatal"}' }
    const answer = await world.admin.send('GET', sagas, { headers })
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

/** A figure for everything that a request could have left behind. */
async function written(): Promise<string> {
  const { rows } = await world.pool.query<{ figure: string }>(
    `select concat_ws('/', (select count(*) from saga.saga_runs),
      (select count(*) from saga.saga_signals), (select count(*) from arcadia.audit_log),
      (select count(*) from arcadia.api_tokens), (select count(*) from arcadia.cloud_provisioned),
      (select count(*) from arcadia.cloud_resource_events)) as figure`,
  )
  return rows[0]?.figure ?? ''
}
