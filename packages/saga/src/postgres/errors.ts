/**
 * Whether an error says only that the statement could not be carried out now: the connection was
 * lost (class 08, or no SQLSTATE at all from the socket), the server is stopping, starting or out of
 * connections (57P01–57P03, 53300), or the transaction lost a race (class 40).
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    /^(08|40)/.test(code) ||
    ['57P01', '57P02', '57P03', '53300'].includes(code) ||
    socketErrors.has(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      error.message,
    )
  )
}

const socketErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
])
