import type { z } from 'zod'
import type { DigitalOceanError } from '../errors.ts'
import type { Call } from './call.ts'
import type { Exchange } from './exchange.ts'
import type { Failures } from './failure.ts'
import { jsonOf } from './json.ts'

/** What one request came to. */
export type Verdict<T> =
  | { readonly kind: 'value'; readonly value: T; readonly sentAt: Date }
  | { readonly kind: 'failure'; readonly error: DigitalOceanError }

/** What the end of a request means for its call. */
export function verdictOn<T>(
  call: Call<T>,
  result: Exchange,
  sentAt: Date,
  failures: Failures,
): Verdict<T> {
  const failed = (error: DigitalOceanError) => ({ kind: 'failure', error }) as const
  if (result.kind !== 'answer') return failed(failures.ofFault(call, result))
  // Status first: a refusal, or a success that needs no body, stands even if its body broke off.
  if (result.status < 200 || result.status > 299) return failed(failures.ofStatus(call, result))
  const bodyMatters = call.expects === 'body'
  if (bodyMatters && result.fault !== undefined) return failed(failures.ofFault(call, result.fault))
  const json = bodyMatters ? jsonOf(result.text) : undefined
  if (bodyMatters && json === undefined) {
    return failed(failures.ofAnswer(call, result, 'a body that is not JSON'))
  }
  const parsed = call.schema.safeParse(json)
  if (parsed.success) return { kind: 'value', value: parsed.data, sentAt }
  const problem = `an unexpected body: ${issuesOf(parsed.error)}`
  return failed(failures.ofAnswer(call, result, problem, parsed.error))
}

/** The first few places that are wrong, e.g. `droplets.3.id: expected number`; never a value. */
function issuesOf(error: z.ZodError): string {
  const most = 3
  const named = error.issues.slice(0, most).map((issue) => {
    const place = issue.path.length === 0 ? 'the whole' : issue.path.map(String).join('.')
    return `${place}: ${issue.message}`
  })
  const more = error.issues.length - named.length
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}
