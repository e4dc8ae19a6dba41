import type { Log } from '@arcadia-cloud/saga'

/** Lines of JSON to the error output, which goes to a file. */
export function errorLog(): Log {
  const write = (level: string) => (fields: object, message: string) => {
    const { err, ...rest } = { err: undefined, ...fields }
    const error = err === undefined ? {} : { err: inWords(err) }
    process.stderr.write(
      `${JSON.stringify({ at: new Date().toISOString(), level, message, ...rest, ...error })}\n`,
    )
  }
  return { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') }
}

function inWords(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
