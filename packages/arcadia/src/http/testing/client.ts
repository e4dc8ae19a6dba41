import type { z } from 'zod'

/** An answer of the API. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON; undefined where there is none. */
  readonly body: unknown
}

/** Calls an API with one token, or none. */
export interface Client {
  /** `body` is sent as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Answer>
  /** Sends exactly this. */
  send(method: string, path: string, init: RequestInit & { duplex?: 'half' }): Promise<Answer>
  /** The body of a 200, in the form that the API describes. */
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>>
}

export function clientOf(url: string, token: string | undefined): Client {
  const authorization: { readonly [name: string]: string } =
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  const send: Client['send'] = async (method, path, init) => {
    const headers = new Headers(authorization)
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
    const response = await fetch(`${url}${path}`, { ...init, method, headers })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : undefined,
    }
  }
  const call: Client['call'] = (method, path, body) =>
    send(
      method,
      path,
      body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    )
  return {
    call,
    send,
    async get(path, schema) {
      const { status, body } = await call('GET', path)
      if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`)
      return schema.parse(body)
    },
  }
}
