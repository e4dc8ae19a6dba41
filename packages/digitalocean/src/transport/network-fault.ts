import { z } from 'zod'

const faultShape = z.looseObject({
  message: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  syscall: z.string().optional().catch(undefined),
  cause: z.unknown().optional(),
  errors: z.array(z.unknown()).optional().catch(undefined),
})

type Fault = z.infer<typeof faultShape>

/** The parts of whatever was thrown that are of use. */
export function fault(thrown: unknown): Fault {
  const parsed = faultShape.safeParse(thrown)
  return parsed.success ? parsed.data : { message: String(thrown), cause: undefined }
}

/** The name was not resolved, or no connection came about: no byte of the request can have left. */
const UNCONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** These prove it only where the system call was `connect`; an open connection can meet them too. */
const UNCONNECTED_IF_CONNECTING = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
])

/** The server's certificate was refused: the handshake ended before the request was written. */
const UNTRUSTED = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/**
 * - `unconnected`: nothing was sent, and a later attempt may get through;
 * - `untrusted`: nothing was sent, and a later attempt will fare no better;
 * - `broken`: the request may have arrived.
 */
export type Severance = 'unconnected' | 'untrusted' | 'broken'

/**
 * What a rejected `fetch` proves. Node's `fetch` throws "fetch failed" with the fault as its cause;
 * a host with several addresses makes that an AggregateError, of which every part must agree.
 * Whatever is not known to prove that nothing was sent is `broken`.
 */
export function severanceOf(thrown: unknown, depth = 0): Severance {
  if (depth > 5) return 'broken'
  const { code, syscall, cause, errors } = fault(thrown)
  if (errors !== undefined && errors.length > 0) {
    const found = new Set(errors.map((error) => severanceOf(error, depth + 1)))
    const [only] = found
    return found.size === 1 && only !== undefined ? only : mixed(found)
  }
  if (code !== undefined) return severanceByCode(code, syscall)
  return cause === undefined ? 'broken' : severanceOf(cause, depth + 1)
}

/** Addresses that failed in different ways: still nothing sent if none of them may have been. */
function mixed(found: ReadonlySet<Severance>): Severance {
  return found.has('broken') ? 'broken' : 'unconnected'
}

function severanceByCode(code: string, syscall: string | undefined): Severance {
  if (UNCONNECTED.has(code)) return 'unconnected'
  if (UNCONNECTED_IF_CONNECTING.has(code) && syscall === 'connect') return 'unconnected'
  return UNTRUSTED.has(code) ? 'untrusted' : 'broken'
}

/** The innermost reason in a few words, e.g. `ECONNREFUSED` or `other side closed`. */
export function reasonOf(thrown: unknown, depth = 0): string {
  const { message, code, cause } = fault(thrown)
  if (code !== undefined) return code
  if (cause !== undefined && depth < 5) return reasonOf(cause, depth + 1)
  return message === undefined || message === '' ? 'no reason given' : message
}
