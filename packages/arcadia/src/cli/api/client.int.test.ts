import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { type ScriptedAnswer, scriptedApi } from '../testing/scripted-api.ts'
import { apiClient } from './client.ts'
import { ApiProblem, StrangeAnswer, Unreachable } from './errors.ts'

const token = 'arc_a-token-of-these-tests'
const shape = z.looseObject({ id: z.string() })

async function answered(answer: ScriptedAnswer, method: 'GET' | 'POST' = 'GET'): Promise<unknown> {
  const { url } = await scriptedApi({ [`${method} /x`]: answer })
  const call = { method, path: '/x', withinMs: 5_000 }
  return apiClient({ url, token })
    .call(call, shape)
    .catch((error: unknown) => error)
}

it('gives the body as it came, and what is known of it', async () => {
  const body = { id: 'a', more: 1 }
  expect(await answered({ body })).toEqual({ body, value: body })
})

it('makes an error of what the API refuses', async () => {
  const error = await answered({ problem: 409, detail: 'no', code: 'frozen' })
  expect(error).toBeInstanceOf(ApiProblem)
  expect(error).toMatchObject({ status: 409, code: 'frozen', message: 'No.' })
})

it.each([
  [{ body: { other: 1 } }, 'has another form'],
  [{ status: 404, body: { error: 'nginx' } }, '404 without saying why'],
  [{ status: 302, body: { location: 'elsewhere' } }, '302 without saying why'],
])('tells what is not ArcadiaCloud (%#)', async (answer, words) => {
  const error = await answered(answer)
  expect(error).toBeInstanceOf(StrangeAnswer)
  expect(String(error)).toContain(words)
})

it.each([
  ['GET', 'Nothing was changed.'],
  ['POST', 'Whether it was done is not known'],
] as const)('says of a %s without an answer what is known of it', async (method, words) => {
  const error = await answered('break', method)
  expect(error).toBeInstanceOf(Unreachable)
  expect(error).toMatchObject({ notes: [expect.stringContaining(words)] })
})

it('says how to start a server where none is', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  server.close()
  await once(server, 'close')
  const client = apiClient({ url: `http://127.0.0.1:${port}`, token })
  const error: unknown = await client.call({ path: '/x' }, shape).catch((caught: unknown) => caught)
  expect(error).toMatchObject({
    message: expect.stringContaining('it is not running there'),
    notes: [expect.stringContaining('npm start')],
  })
  expect(JSON.stringify(error) + String(error)).not.toContain(token)
})

it('repeats the parameters of a query, and leaves out those without a value', async () => {
  const { url, requests } = await scriptedApi({ 'GET /x': { body: { id: 'a' } } })
  const query = { kind: ['a', 'b c'], limit: 5, cursor: undefined }
  await apiClient({ url, token }).call({ path: '/x', query }, shape)
  expect(requests[0]?.path).toBe('/x?kind=a&kind=b+c&limit=5')
})
