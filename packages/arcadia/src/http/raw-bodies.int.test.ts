import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageSchema } from './pages.ts'
import { driftSchema } from './schemas/drift.ts'
import { resourceSchema } from './schemas/resource.ts'
import { sagaSchema } from './schemas/saga.ts'
import { type ApiWorld, adminText, apiWorld } from './testing/api-world.ts'

/** Requests as the wire has them: a client library would add the headers that these lack. */
let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld()
  await world.sync()
})
afterAll(() => world.close())

/** Sends these very bytes after the head, and gives the status of the answer. */
async function sendRaw(
  line: string,
  { headers = [], body = [] }: { headers?: readonly string[]; body?: readonly string[] } = {},
): Promise<number> {
  const { port } = new URL(world.url)
  const socket = connect(Number(port), '127.0.0.1')
  // An answer may come before all is sent, and the connection end with it.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const head = [
    `${line} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${adminText}`,
    ...headers,
  ]
  let answer = ''
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text
  })
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  for (const part of body) socket.write(part)
  try {
    await expect.poll(() => answer, { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 \d{3} /)
  } finally {
    socket.destroy()
  }
  return Number(answer.slice(9, 12))
}

const json = 'content-type: application/json'
const chunked = 'transfer-encoding: chunked'
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const lastChunk = '0\r\n\r\n'

describe('a request with neither a body nor its length', () => {
  test.each([
    ['/api/v1/sync', 202],
    ['/api/v1/drift/detect', 202],
    ['/api/v1/baseline', 200],
    ['/api/v1/freeze', 200],
    ['/api/v1/resume', 200],
  ])('does what it asks for: %s', async (path, status) => {
    expect(await sendRaw(`POST ${path}`)).toBe(status)
  })

  test('cancels a saga', async () => {
    const body = { steps: [{ name: 'echo' }] }
    const { body: started } = await world.admin.call('POST', '/api/v1/sagas', body)
    const { id } = sagaSchema.parse(started)
    expect([202, 409]).toContain(await sendRaw(`POST /api/v1/sagas/${id}/cancel`))
  })

  test('accepts a drift', async () => {
    const { data } = await world.admin.get(
      '/api/v1/resources?kind=droplet',
      pageSchema(resourceSchema),
    )
    const [droplet] = data
    await world.behindOurBack(`/droplets/${droplet?.external_id}`, { name: 'another-name' })
    await world.sync()
    const drift = await world.admin.get('/api/v1/drift', pageSchema(driftSchema))
    expect(await sendRaw(`POST /api/v1/drift/${drift.data[0]?.id}/accept`)).toBe(200)
  })

  test('is refused where a body is needed, by what is missing', async () => {
    expect(await sendRaw('POST /api/v1/sagas')).toBe(422)
    const path = `/api/v1/resources/${world.account.id}/spec`
    expect(await sendRaw(`PUT ${path}`)).toBe(422)
  })
})

describe('a body in chunks, of no declared length', () => {
  const text = JSON.stringify({ steps: [{ name: 'echo' }] })

  test('is taken', async () => {
    const body = [chunk(text.slice(0, 9)), chunk(text.slice(9)), lastChunk]
    expect(await sendRaw('POST /api/v1/sagas', { headers: [json, chunked], body })).toBe(201)
  })

  test('may have no content type when it is empty', async () => {
    expect(await sendRaw('POST /api/v1/sync', { headers: [chunked], body: [lastChunk] })).toBe(202)
  })

  test('is refused over 1 MiB', async () => {
    const body = Array.from({ length: 20 }, () => chunk('x'.repeat(65_536)))
    expect(await sendRaw('POST /api/v1/sagas', { headers: [json, chunked], body })).toBe(413)
  })
})

test('a declared length over 1 MiB is refused', async () => {
  const headers = [json, 'content-length: 1100000']
  const body = ['x'.repeat(1_100_000)]
  expect(await sendRaw('POST /api/v1/sagas', { headers, body })).toBe(413)
})
