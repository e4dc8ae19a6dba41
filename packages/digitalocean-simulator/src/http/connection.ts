import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Message } from './outcome.ts'

/** What an answer leaves by. */
export interface Connection {
  /** Calls back once the whole answer was handed over. */
  onSent(callback: () => void): void
  /** Closes it without an answer. */
  hangUp(): Response
  /** Promises the whole answer, sends half of it, and closes. */
  cut(message: Message): Response
}

/** What the routes are given with a request: by the HTTP server, or by a call in this process. */
export type Environment = { Bindings: HttpBindings | { readonly connection: Connection } }

/** Of the request that came with these. */
export function connectionOf(bindings: Environment['Bindings']): Connection {
  return 'connection' in bindings ? bindings.connection : httpConnection(bindings)
}

function httpConnection({ outgoing }: HttpBindings): Connection {
  return {
    onSent: (callback) => void outgoing.once('finish', callback),
    hangUp: () => {
      outgoing.destroy()
      return RESPONSE_ALREADY_SENT
    },
    cut: ({ status, headers, text }) => {
      const whole = Buffer.from(text ?? '')
      outgoing.writeHead(status, { ...headers, 'content-length': Math.max(1, whole.length) })
      outgoing.flushHeaders()
      outgoing.write(half(whole), () => outgoing.destroy())
      return RESPONSE_ALREADY_SENT
    },
  }
}

/** Of a call in the same process: it breaks as `fetch` says that a real one has. */
export class LocalConnection implements Connection {
  #broken: Error | undefined
  #sent: (() => void) | undefined

  onSent(callback: () => void): void {
    this.#sent = callback
  }

  hangUp(): Response {
    this.#broken = closed('fetch failed')
    return new Response(null)
  }

  cut({ status, headers, text }: Message): Response {
    this.#sent = undefined
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(half(Buffer.from(text ?? ''))),
      pull: (stream) => stream.error(closed('terminated')),
    })
    return new Response(body, { status, headers })
  }

  /** @throws TypeError, with Node's code as its cause, when it was closed without an answer */
  deliver(response: Response): Response {
    if (this.#broken !== undefined) throw this.#broken
    this.#sent?.()
    return response
  }
}

function half(whole: Buffer): Buffer {
  return whole.subarray(0, Math.floor(whole.length / 2))
}

function closed(message: string): TypeError {
  const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
  return new TypeError(message, { cause })
}
