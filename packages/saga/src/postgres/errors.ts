/**
 * Whether an error says only that the statement could not be carried out now: the connection was
 * lost (class 08, or no SQLSTATE at all from the socket), the server is stopping, starting, out of
 * something or a standby for now (57P01–57P03, class 53, 25006), it took too long (55P03, 57014, 25P03, the
 * driver's own time limit), or the transaction lost a race (class 40).
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    /^(08|40|53)/.test(code) ||
    ['57P01', '57P02', '57P03', '57014', '55P03', '25006', '25P03'].includes(code) ||
    socketErrors.has(code) ||
    /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
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
