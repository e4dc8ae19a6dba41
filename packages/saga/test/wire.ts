import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedConnection } from '../../arcadia/src/database/embedded/index.ts'

/** What becomes of a statement: `cut_before` loses it, `cut_after` its answer, with the connection. */
export type Fate = 'pass' | 'cut_before' | 'cut_after'

export type WireOptions = Readonly<{
  /** Asked of every statement, by its text. */
  fate?: (statement: string) => Fate
  /** How much later the server hears of what is sent now, in milliseconds. */
  delayMs?: () => number
}>

/** A wire between the engine and PostgreSQL, that a test has in its hands. */
export type Wire = Readonly<{
  connection: EmbeddedConnection
  /** From now on nothing gets through either way, and nobody is told. */
  silence(): void
  close(): Promise<void>
}>

const port = 5432

/** Lays a wire to a server. It knows as much of the protocol as to tell statements and answers apart. */
export async function layWire(
  to: EmbeddedConnection,
  { fate = () => 'pass', delayMs = () => 0 }: WireOptions = {},
): Promise<Wire> {
  const folder = await mkdtemp(join(tmpdir(), 'saga-wire-'))
  await chmod(folder, 0o700)
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer((client) => {
    const upstream = connect(join(to.host, `.s.PGSQL.${to.port}`))
    const cut = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      // The other end hears of it: that is all there is to do.
      socket.on('error', cut)
      socket.on('close', () => {
        sockets.delete(socket)
        if (!silent) cut()
      })
    }
    let swallowing = false
    let sent = Promise.resolve()
    const send = (message: Buffer, later: number) => {
      const due = performance.now() + later
      // In the order in which they came, what came together together.
      sent = sent.then(async () => {
        await delay(Math.max(0, due - performance.now()))
        upstream.write(message)
      })
    }
    const fromClient = framer(true, (message) => {
      const statement = statementOf(message)
      const its = statement === undefined ? 'pass' : fate(statement)
      if (its === 'cut_before') return cut()
      if (its === 'cut_after') swallowing = true
      send(message, delayMs())
    })
    const fromServer = framer(false, (message) => {
      if (!swallowing) client.write(message)
      else if (typeOf(message) === 'Z') cut()
    })
    client.on('data', (chunk) => silent || fromClient(chunk))
    upstream.on('data', (chunk) => silent || fromServer(chunk))
  })
  server.listen(join(folder, `.s.PGSQL.${port}`))
  await once(server, 'listening')
  return {
    connection: { ...to, host: folder, port },
    silence() {
      silent = true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Takes a stream apart into messages; a client's first has no type. */
function framer(untyped: boolean, tell: (message: Buffer) => void): (chunk: Buffer) => void {
  let buffer: Buffer = Buffer.alloc(0)
  let first = untyped
  return (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const head = first ? 0 : 1
      if (buffer.length < head + 4) return
      const length = head + buffer.readInt32BE(head)
      if (buffer.length < length) return
      const message = buffer.subarray(0, length)
      buffer = buffer.subarray(length)
      first = false
      tell(message)
    }
  }
}

function typeOf(message: Buffer): string {
  return message.toString('latin1', 0, 1)
}

/** The text of a simple query, or of one to be parsed. */
function statementOf(message: Buffer): string | undefined {
  const parts = message.toString('utf8', 5).split('\0')
  switch (typeOf(message)) {
    case 'Q':
      return parts[0]
    case 'P':
      return parts[1]
    default:
      return undefined
  }
}
