import type { Connection } from '../participants/protocol.ts'

/** For those who take nothing but a URL; the folder of a socket goes as its `host`. */
export function urlOf({ host, port, user, password, database }: Connection): string {
  const url = new URL(`postgresql://localhost:${port}/${database}`)
  url.username = user
  if (password !== undefined) url.password = password
  if (host.startsWith('/')) url.searchParams.set('host', host)
  else url.hostname = host
  return url.href
}
