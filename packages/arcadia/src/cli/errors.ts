import { SettingsError } from '../settings/index.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { printable, wrap } from './render/text.ts'

/** What people are told when something went wrong: what happened, what it means, what to do. */
export type Explanation = Readonly<{ exitCode: ExitCode; what: string; notes: readonly string[] }>

/** An error that knows how to explain itself; its message is what happened. */
export abstract class ExplainedError extends Error {
  abstract readonly exitCode: ExitCode
  /** What it means, and what to do. */
  readonly notes: readonly string[]

  constructor(message: string, notes: readonly string[] = [], options?: ErrorOptions) {
    super(message, options)
    this.notes = notes
  }
}

/** What was asked cannot be done as it was asked. */
export class UsageError extends ExplainedError {
  override readonly name = 'UsageError'
  readonly code = 'usage'
  readonly exitCode = exitCodes.usage
}

/** Nobody confirmed what needs to be confirmed. */
export class NotConfirmed extends ExplainedError {
  override readonly name = 'NotConfirmed'
  readonly code = 'not_confirmed'
  readonly exitCode = exitCodes.refused
}

/** The one place where an error becomes words and an exit code. */
export function explain(error: unknown): Explanation {
  if (error instanceof ExplainedError) {
    return { exitCode: error.exitCode, what: error.message, notes: error.notes }
  }
  if (error instanceof SettingsError) {
    return { exitCode: exitCodes.usage, what: error.message, notes: [] }
  }
  const system = systemFault(error)
  if (system !== undefined) return { exitCode: exitCodes.failed, ...system }
  return {
    exitCode: exitCodes.failed,
    what: messageOf(error),
    notes: ['LOG_LEVEL=debug shows where in the program this came from.'],
  }
}

/** The explanation as lines for standard error; the stack only for those who ask for it. */
export function errorLines(
  error: unknown,
  {
    logLevel,
    width,
  }: { readonly logLevel: string | undefined; readonly width: number | undefined },
): string[] {
  const { what, notes } = explain(error)
  const margin = 'error: '
  const room = Math.max(40, (width ?? Number.POSITIVE_INFINITY) - margin.length)
  const text = [what, ...notes].flatMap((line) => wrap(printable(line), room))
  const lines = text.map((line, at) => (at === 0 ? margin : ' '.repeat(margin.length)) + line)
  const debugging = logLevel === 'debug' || logLevel === 'trace'
  return debugging && error instanceof Error ? [...lines, error.stack ?? ''] : lines
}

function systemFault(error: unknown): Pick<Explanation, 'what' | 'notes'> | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const port = 'port' in error ? ` ${String(error.port)}` : ''
  switch (error.code) {
    case 'EADDRINUSE':
      return {
        what: `The port${port} is in use: something listens there already, perhaps another ArcadiaCloud.`,
        notes: ['Choose another with --port or --simulator-port, or any free one with 0.'],
      }
    case 'EADDRNOTAVAIL':
      return {
        what: 'This machine does not have the address to listen on.',
        notes: ['Choose another with --host; 127.0.0.1 is for this machine alone.'],
      }
    case 'EACCES':
      return { what: `${error.message}.`, notes: ['This user may not do that.'] }
    default:
      return undefined
  }
}

/** Several faults at once, as a connection tried at several addresses gives them, have no message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ')
  }
  return error instanceof Error ? error.message || error.name : String(error)
}
