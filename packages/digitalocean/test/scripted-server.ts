import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a request was answered with, or done to. */
export type Reply = (response: ServerResponse) => void

interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly authorization: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

export interface ScriptedServer {
  readonly url: string
  readonly seen: readonly SeenRequest[]
  /** Resolves when the next request has arrived in full. */
  arrival(): Promise<void>
}

type Headers = Record<string, string>

export function json(status: number, body: unknown, headers: Headers = {}): Reply {
  return (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body))
}

export function text(status: number, body: string, headers: Headers = {}): Reply {
  return (response) => response.writeHead(status, headers).end(body)
}

export const noContent: Reply = (response) => response.writeHead(204).end()

/** The request arrived; its answer never will. */
export const hangUp: Reply = (response) => response.socket?.destroy()

/** The status and the beginning of the body arrive, then the connection breaks. */
export function broken(status: number): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '500' })
    response.write('{"droplet":{"id":', () => response.socket?.destroy())
  }
}

/** No answer for as long as the test lasts. */
export const silence: Reply = () => undefined

/** DigitalOcean's error body. */
export function refusal(status: number, id: string, message: string, headers: Headers = {}): Reply {
  return json(status, { id, message, request_id: 'req-1' }, headers)
}

/**
 * A real HTTP server that answers one request after the other by the script, and 599 when it is at
 * its end. Closed with the test that opened it.
 */
export async function scriptedServer(...script: readonly Reply[]): Promise<ScriptedServer> {
  const seen: SeenRequest[] = []
  const awaited: (() => void)[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const { method = '', url = '', headers } = request
    seen.push({
      method,
      url,
      headers,
      authorization: headers.authorization,
      body: body === '' ? undefined : JSON.parse(body),
    })
    const reply = script[seen.length - 1] ?? text(599, 'The script has no further reply.')
    reply(response)
    for (const resolve of awaited.splice(0)) resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    seen,
    arrival: () => new Promise((resolve) => awaited.push(resolve)),
  }
}

/** The address of a server that has closed: whoever connects is refused. */
export async function closedPort(): Promise<{ readonly url: string }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = portOf(server.address())
  await new Promise((resolve) => server.close(resolve))
  return { url: `http://127.0.0.1:${port}` }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}
