import { ExplainedError } from '../errors.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { refusalOf } from '../sagas/reason.ts'
import type { ProblemBody } from './shapes.ts'

/** No answer came. */
export class Unreachable extends ExplainedError {
  override readonly name = 'Unreachable'
  readonly code = 'unreachable'
  readonly exitCode = exitCodes.unreachable

  constructor(url: string, reason: string, fate: RequestFate, options: ErrorOptions) {
    super(`ArcadiaCloud does not answer at ${url}: ${reason}.`, [...fateNotes[fate]], options)
  }
}

/** What is known of a request that got no answer. */
export type RequestFate = 'never_left' | 'read' | 'unknown'

const fateNotes: { readonly [Fate in RequestFate]: readonly string[] } = {
  never_left: [
    'Start it with "npm start" (or "npx arcadia serve"), or say where it is with --url or ARCADIA_URL.',
  ],
  read: ['Nothing was changed. Try again; its log says more.'],
  unknown: ['Whether it was done is not known: look before you repeat it.'],
}

/** Something answered, in a form that ArcadiaCloud does not use. */
export class StrangeAnswer extends ExplainedError {
  override readonly name = 'StrangeAnswer'
  readonly code = 'strange_answer'
  readonly exitCode = exitCodes.failed

  constructor(url: string, what: string, options?: ErrorOptions) {
    super(
      `What answers at ${url} does not speak as this ArcadiaCloud would: ${what}.`,
      ['Check --url and ARCADIA_URL; when they are right, the server is of another version.'],
      options,
    )
  }
}

/** The API said no, or failed; `body` is its own word (application/problem+json). */
export class ApiProblem extends ExplainedError {
  override readonly name = 'ApiProblem'
  readonly code: string
  readonly status: number
  readonly body: unknown
  readonly exitCode: ExitCode

  constructor(status: number, problem: ProblemBody, body: unknown) {
    super(whatOf(status, problem), notesOf(status, problem))
    this.status = status
    this.code = problem.code ?? `http_${status}`
    this.body = body
    this.exitCode = exitCodeOf(status)
  }
}

export function exitCodeOf(status: number): ExitCode {
  if (status === 401) return exitCodes.unreachable
  if (status === 403 || status === 409) return exitCodes.refused
  return status >= 400 && status < 500 && status !== 429 ? exitCodes.usage : exitCodes.failed
}

function whatOf(status: number, { title, detail }: ProblemBody): string {
  const text = refusalOf(detail ?? title ?? `The server answered ${status}`)
  const sentence = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

/** The faults one by one, unless the sentence before has named them. */
function notesOf(status: number, { detail = '', errors = [] }: ProblemBody): string[] {
  const faults = errors.filter(({ message }) => !detail.includes(message))
  const lines = faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  return [...lines, ...adviceFor(status)]
}

function adviceFor(status: number): string[] {
  if (status === 401) {
    return [
      'Give it with --token or ARCADIA_TOKEN; the first one is in the file admin-token of the data folder.',
    ]
  }
  if (status === 403) return ['The role of this token does not allow that; nothing was changed.']
  if (status === 409) return ['Nothing was changed.']
  if (status === 429) return ['Wait a little, and try again.']
  return status >= 500 ? ["This is the server's fault, not yours; its log says more."] : []
}
