import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * - `pass`: bytes go both ways.
 * - `cut`: every connection is closed, and each new one at once.
 * - `stall`: nothing goes either way, and nothing is closed: the other end has vanished.
 * - `mute`: what is asked arrives, what is answered does not.
 */
export type ProxyMode = 'pass' | 'cut' | 'stall' | 'mute'

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/**
 * A TCP proxy on loopback in front of a Unix socket, whose connections can be cut, stalled and
 * muted. What was held back goes on its way when it passes again, however late.
 */
export class TcpProxy {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #mode: ProxyMode = 'pass'

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  /** @param path of the Unix socket */
  static async open(path: string): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    const proxy = new TcpProxy(server, portOf(server.address()))
    server.on('connection', (client) => proxy.#join(client, path))
    return proxy
  }

  get connections(): number {
    return this.#pairs.size
  }

  set(mode: ProxyMode): void {
    this.#mode = mode
    if (mode === 'cut') this.drop()
    for (const pair of this.#pairs) this.#regulate(pair)
  }

  /** Closes every connection, and what was held back in it is lost. */
  drop(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
    this.#pairs.clear()
  }

  async close(): Promise<void> {
    this.#mode = 'cut'
    this.drop()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #join(client: Socket, path: string): void {
    client.on('error', ignore)
    if (this.#mode === 'cut') {
      client.destroy()
      return
    }
    const server = connect({ path, allowHalfOpen: true })
    server.on('error', ignore)
    const pair = { client, server }
    this.#pairs.add(pair)
    const over = () => {
      this.#pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    client.on('close', over)
    server.on('close', over)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (bytes) => {
        if (!to.write(bytes)) from.pause()
      })
      from.on('end', () => to.end())
      to.on('drain', () => this.#regulate(pair))
    }
    this.#regulate(pair)
  }

  #regulate({ client, server }: Pair): void {
    flow(client, this.#mode !== 'stall' && !server.writableNeedDrain)
    flow(server, this.#mode === 'pass' && !client.writableNeedDrain)
  }
}

function flow(socket: Socket, flows: boolean): void {
  if (flows) socket.resume()
  else socket.pause()
}

/** The end of a connection shows at the other end of the pair, which is closed with it. */
function ignore(): void {}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return address.port
}
