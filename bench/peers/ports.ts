import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Four that nobody listens on now. */
export async function freePorts(): Promise<readonly [number, number, number, number]> {
  const taken = [await listen(), await listen(), await listen(), await listen()] as const
  const [a, b, c, d] = taken
  const ports = [portOf(a), portOf(b), portOf(c), portOf(d)] as const
  for (const server of taken) {
    server.close()
    await once(server, 'close')
  }
  return ports
}

/** Below those that the system gives to clients: none of them takes it in between. */
async function listen(): Promise<Server> {
  for (;;) {
    const server = createServer()
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (listening) return server
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  return address.port
}
