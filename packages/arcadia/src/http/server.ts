import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'

/** The API where it listens. */
export interface HttpServer {
  /** Its address, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Takes no new connections; requests under way are answered. */
  refuseNew(): void
  /** Waits for the requests under way, but no longer than `graceMs`, then ends what is left. */
  close(graceMs: number): Promise<void>
}

/** A client that takes longer to send a request than this is not one of ours. */
const requestTimeoutMs = 30_000

const idleLookMs = 20

/** Listens. Rejects with the system's error (`EADDRINUSE` and others) when it cannot. */
export async function listen(
  api: { readonly fetch: (request: Request, env: object) => Response | Promise<Response> },
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  // The globals stay Node's own: a library does not replace them.
  const listener = getRequestListener(api.fetch, { overrideGlobalObjects: false })
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    void listener(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  let closed: Promise<void> | undefined
  const refuseNew = () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()))
  }
  const actual = portOf(server)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    port: actual,
    refuseNew,
    async close(graceMs) {
      refuseNew()
      // A connection that was answered meanwhile would stay open for another request.
      const idle = setInterval(() => server.closeIdleConnections(), idleLookMs)
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearInterval(idle)
      clearTimeout(timer)
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
