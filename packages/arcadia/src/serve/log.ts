import type { Log } from '@arcadia-cloud/saga'
import { type Logger, pino } from 'pino'
import type { Settings } from '../settings/index.ts'

/** Where text goes: a stream of the process, or a test's. */
export interface TextSink {
  write(text: string): unknown
}

/**
 * The program's log: a line of JSON an entry. Of an error only its name, code, message and stack are
 * kept: a driver's error also carries the row that it is about.
 */
export function createLog(level: Settings['logLevel'], sink: TextSink): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields },
    },
    { write: (line) => void sink.write(line) },
  )
}

function errorFields(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const { name, message, stack, cause } = error
  const nested = cause === undefined || depth > 3 ? {} : { cause: errorFields(cause, depth + 1) }
  return { name, ...code, message, stack, ...nested }
}

/** The same for those who tell only in words. */
export function wordsTo(log: Log) {
  return {
    info: (message: string) => log.debug({}, message),
    warn: (message: string) => log.warn({}, message),
    error: (message: string) => log.error({}, message),
  }
}
