import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A request that the scripted API got. */
export interface SeenRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly token: string
  readonly body: unknown
}

/** What it answers: a body, a problem, or nothing at all because the connection breaks. */
export type ScriptedAnswer =
  | { readonly status?: number; readonly body: unknown; readonly type?: string }
  | { readonly problem: number; readonly detail: string; readonly code?: string }
  | 'break'

/** Answers by method and path, e.g. `GET /sagas`; a list is given one after the other, its last for ever. */
export type Script = Readonly<Record<string, ScriptedAnswer | readonly ScriptedAnswer[]>>

/** An HTTP server that answers what a test has written down. It ends with the test. */
export async function scriptedApi(script: Script) {
  const requests: SeenRequest[] = []
  const turns = new Map<string, number>()
  const server = createServer(async (request, response) => {
    const seen = await readRequest(request)
    requests.push(seen)
    const answer = nextAnswer(script, turns, `${seen.method} ${seen.path.split('?')[0]}`)
    if (answer === 'break') return void request.socket.destroy()
    const { status, type, body } = written(answer)
    response.writeHead(status, { 'content-type': type })
    response.end(body === undefined ? '' : JSON.stringify(body))
  })
  const url = await listen(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, requests }
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const body = await text(request)
  return {
    method: request.method ?? '',
    path: (request.url ?? '').replace(/^\/api\/v1/, ''),
    token: (request.headers.authorization ?? '').replace(/^Bearer /, ''),
    body: body === '' ? undefined : JSON.parse(body),
  }
}

function nextAnswer(script: Script, turns: Map<string, number>, key: string): ScriptedAnswer {
  const answers = [script[key] ?? []].flat()
  const turn = turns.get(key) ?? 0
  turns.set(key, turn + 1)
  const detail = `nobody expected ${key}`
  return answers[Math.min(turn, answers.length - 1)] ?? { problem: 404, detail }
}

function written(answer: Exclude<ScriptedAnswer, 'break'>) {
  if ('problem' in answer) {
    const { problem: status, detail, code = 'some_code' } = answer
    const body = { title: 'Problem', status, detail, code }
    return { status, type: 'application/problem+json', body }
  }
  const { status = 200, type = 'application/json', body } = answer
  return { status, type, body }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}

/** A list as the API gives it. */
export function page(data: readonly unknown[], nextCursor: string | null = null): ScriptedAnswer {
  return { body: { data, next_cursor: nextCursor } }
}
