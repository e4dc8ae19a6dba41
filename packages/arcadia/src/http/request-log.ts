import type { Context } from 'hono'
import type { HttpLog } from './deps.ts'
import type { ApiEnv } from './environment.ts'
import type { HttpProblem } from './problem.ts'

/**
 * One line a request: never a header, a body or a query, for any of these may hold a secret. What
 * only reads is told to those who ask for it (`debug`).
 */
export function logRequest(log: HttpLog, context: Context<ApiEnv>, ms: number): void {
  const { status } = context.res
  const fields = { ...requestFields(context), status, ms: Math.round(ms * 10) / 10 }
  if (status >= 500) log.error(fields, 'request')
  else if (status >= 400 || !isReading(context.req.method)) log.info(fields, 'request')
  else log.debug(fields, 'request')
}

/** Why a request was refused, by the problem's code alone; the error itself where it is our fault. */
export function refuse(log: HttpLog, context: Context<ApiEnv>, problem: HttpProblem): void {
  const fields = { ...requestFields(context), status: problem.status, code: problem.code }
  if (problem.status < 500) log.debug(fields, 'request refused')
  else log.error({ ...fields, err: problem.cause ?? problem }, 'request failed')
}

function requestFields(context: Context<ApiEnv>) {
  return {
    request_id: context.get('requestId'),
    method: context.req.method,
    path: withoutTokens(context.req.path),
  }
}

/** A token does not belong into a path; where one is put by mistake it is not written down. */
function withoutTokens(path: string): string {
  return path.replaceAll(/(arc|dop_v1|doo_v1|dor_v1)_[\w-]+/g, '$1_…')
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
