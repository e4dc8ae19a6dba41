import { relative } from 'node:path'
import type { AdminToken } from '../settings/index.ts'
import type { Cloud } from './cloud.ts'

/** What there is to tell of a program that runs. */
export interface Running {
  readonly version: string
  readonly url: string
  readonly cloud: Cloud
  readonly database: string
  readonly dataDir: string
  readonly admin: AdminToken
  readonly writesEnabled: boolean
  /** A droplet to try things on, where one is known. */
  readonly dropletId: string | undefined
}

/** What runs where, and what to try next: for a terminal. */
export function greeting(running: Running): string {
  const { version, url, cloud, database, dataDir, admin } = running
  const rows: readonly (readonly [string, string])[] = [
    ['API', `${url}  (described at /api/openapi.json)`],
    ['Cloud', cloudWords(running)],
    ['Database', database],
    ['Data', dataDir],
    ['Admin token', tokenWords(admin)],
  ]
  const table = rows.map(([name, value]) => `  ${name.padEnd(13)}${value}`)
  const tries = [...(cloud.simulated ? simulatedTries(running) : realTries(running)), curl(running)]
  return [
    '',
    `ArcadiaCloud ${version} is running.`,
    '',
    ...table,
    '',
    'Try, in another terminal:',
    '',
    ...tries.map((line) => `  ${line}`),
    '',
    'Ctrl-C stops it; everything is kept.',
    '',
    '',
  ].join('\n')
}

function cloudWords({ cloud, writesEnabled }: Running): string {
  if (cloud.simulated) {
    return `a simulated DigitalOcean at ${cloud.url}, ${cloud.speed} times as fast as the real one`
  }
  const mode = writesEnabled ? 'changes are enabled' : 'read-only until you enable changes'
  return `DigitalOcean at ${cloud.url}: ${mode}`
}

function tokenWords(admin: AdminToken): string {
  if (admin.source === 'setting') return 'the one of ARCADIA_ADMIN_TOKEN'
  const why = admin.source === 'renewed' ? 'new, for the one before was revoked; ' : ''
  return `${admin.token.reveal()}  (${why}kept in ${admin.path})`
}

function simulatedTries({ dropletId }: Running): readonly string[] {
  const snapshot =
    dropletId === undefined
      ? []
      : [`npx arcadia saga start snapshot_droplet droplet_id=${dropletId} --watch`]
  return ['npx arcadia drift ls', 'npx arcadia resources ls', ...snapshot]
}

function realTries({ cloud, writesEnabled }: Running): readonly string[] {
  const enable = `npx arcadia account enable-writes ${cloud.accountName}`
  return [
    'npx arcadia sync',
    'npx arcadia resources ls',
    'npx arcadia baseline --dry-run',
    ...(writesEnabled || !cloud.canWrite ? [] : [enable]),
  ]
}

function curl({ url, admin }: Running): string {
  const token =
    admin.source === 'setting' ? '$ARCADIA_ADMIN_TOKEN' : `$(cat ${shellWord(nearest(admin.path))})`
  return `curl -H "Authorization: Bearer ${token}" ${url}/api/v1/drift`
}

/** As it is reached from here, unless that leads upwards. */
function nearest(path: string): string {
  const way = relative(process.cwd(), path)
  return way === '' || way.startsWith('..') ? path : way
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
