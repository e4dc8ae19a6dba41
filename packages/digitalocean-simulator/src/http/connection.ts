import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Release } from '../faults/registry.ts'
import type { Message } from './outcome.ts'

/** What an answer leaves by. */
export interface Connection {
  /** Calls back once the whole answer was handed over. */
  onSent(callback: () => void): void
  /** Closes it without an answer. */
  hangUp(): Response
  /** Promises the whole answer, sends half of it, and closes. */
  cut(message: Message): Response
  /** Sends half of the answer, and the rest, or nothing more, when it is released. */
  stall(message: Message, release: Promise<Release>): Response
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
    cut: (message) => {
      const [first] = begin(outgoing, message)
      outgoing.write(first, () => outgoing.destroy())
      return RESPONSE_ALREADY_SENT
    },
    stall: (message, release) => {
      const [first, rest] = begin(outgoing, message)
      outgoing.write(first)
      void release.then((how) => (how === 'continue' ? outgoing.end(rest) : outgoing.destroy()))
      return RESPONSE_ALREADY_SENT
    },
  }
}

/** Promises the whole of an answer. @returns its halves, of which nothing has been sent yet */
function begin(
  outgoing: HttpBindings['outgoing'],
  { status, headers, text }: Message,
): readonly [Buffer, Buffer] {
  const whole = Buffer.from(text ?? '')
  outgoing.writeHead(status, { ...headers, 'content-length': Math.max(1, whole.length) })
  outgoing.flushHeaders()
  return halves(whole)
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
      start: (stream) => stream.enqueue(halves(Buffer.from(text ?? ''))[0]),
      pull: (stream) => stream.error(closed('terminated')),
    })
    return new Response(body, { status, headers })
  }

  stall({ status, headers, text }: Message, release: Promise<Release>): Response {
    const sent = this.#sent
    this.#sent = undefined
    const [first, rest] = halves(Buffer.from(text ?? ''))
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(first),
      pull: async (stream) => {
        if ((await release) === 'drop') return stream.error(closed('terminated'))
        stream.enqueue(rest)
        stream.close()
        sent?.()
      },
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

function halves(whole: Buffer): readonly [Buffer, Buffer] {
  const middle = Math.floor(whole.length / 2)
  return [whole.subarray(0, middle), whole.subarray(middle)]
}

function closed(message: string): TypeError {
  const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
  return new TypeError(message, { cause })
}
