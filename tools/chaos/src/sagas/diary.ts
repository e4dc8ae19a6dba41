import { appendFileSync } from 'node:fs'

/** What a worker asked of the cloud, one line of JSON each; for whoever looks into a breach. */
export function diaryFetch(file: string, name: string): typeof globalThis.fetch {
  const note = (entry: object) => {
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), worker: name, ...entry })}\n`)
  }
  return async (input, init) => {
    const method = init?.method ?? 'GET'
    if (method === 'GET') return fetch(input, init)
    const asked = { method, path: new URL(String(input)).pathname, body: bodyOf(init) }
    note({ ...asked, answer: 'none yet' })
    try {
      const response = await fetch(input, init)
      const text = await response.clone().text()
      note({ ...asked, answer: response.status, made: /"id":(\d+)/.exec(text)?.[1] })
      return response
    } catch (error) {
      note({ ...asked, answer: error instanceof Error ? error.message : String(error) })
      throw error
    }
  }
}

function bodyOf(init: RequestInit | undefined): unknown {
  return typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
}
