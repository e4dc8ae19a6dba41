import { realpathSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { FreezeState } from '../accounts/index.ts'
import { type AdminToken, settingsTable } from '../settings/index.ts'
import type { Cloud } from './cloud.ts'
import { isWithin } from './errors.ts'

/** What there is to tell of a program that runs. */
export interface Running {
  readonly version: string
  readonly url: string
  /** That it listens on: the setting may leave the choice to the system. */
  readonly port: number
  readonly host: string
  readonly cloud: Cloud
  readonly database: string
  /** Where the embedded database keeps its data. */
  readonly databaseFolder?: string | undefined
  readonly dataDir: string
  readonly admin: AdminToken
  readonly writesEnabled: boolean
  readonly freeze: FreezeState
  /** The saga that reads the account for the first time, while it does. */
  readonly firstSync: string | undefined
  /** The account's id, where there are others too, so that it has to be said. */
  readonly accountId: string | undefined
  /** A droplet to try things on, where one is known. */
  readonly dropletId: string | undefined
}

/** What runs where, and what to try next: for a terminal. */
export function greeting(running: Running): string {
  const { version, url, cloud, database, admin, freeze, firstSync } = running
  const rows: readonly (readonly [string, string])[] = [
    ['API', `${url}  (described at /api/openapi.json)`],
    ['Cloud', cloudWords(running)],
    ...(freeze.frozen ? [['Frozen', frozenWords(running)] as const] : []),
    ...(firstSync === undefined
      ? []
      : [['Inventory', firstSyncWords(running, firstSync)] as const]),
    ['Database', database],
    ['Data', dataWords(running)],
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
    `Try, in another terminal${admin.source === 'setting' ? ', with ARCADIA_ADMIN_TOKEN set there too' : ''}:`,
    '',
    ...tries.map((line) => `  ${line}`),
    '',
    'Ctrl-C stops it; everything is kept.',
    '',
    '',
  ].join('\n')
}

function cloudWords({ cloud, writesEnabled }: Running): string {
  const allowed = writesEnabled ? 'changes are enabled' : 'read-only until you enable changes'
  const mode = cloud.canWrite ? allowed : 'read-only: it was given a token for reading alone'
  if (!cloud.simulated) return `DigitalOcean at ${cloud.url}: ${mode}`
  const simulated = `a simulated DigitalOcean at ${cloud.url}, ${cloud.speed} times as fast as the real one`
  return writesEnabled && cloud.canWrite ? simulated : `${simulated}; ${mode}`
}

function frozenWords(running: Running): string {
  const { changedBy, reason } = running.freeze
  const by = changedBy === null ? '' : ` by ${changedBy}`
  const why = reason === null ? '' : ` (${reason})`
  return `no change leaves: all was frozen${by}${why}; "${arcadia(running)} resume" goes on`
}

function firstSyncWords(running: Running, id: string): string {
  return `is being read for the first time; "${arcadia(running)} saga watch ${id}" shows it`
}

/** The database's files may be elsewhere, where the user that it runs as can reach them. */
function dataWords({ dataDir, databaseFolder }: Running): string {
  if (databaseFolder === undefined || isWithin(databaseFolder, real(dataDir))) return dataDir
  return `${dataDir}; the database's is in ${databaseFolder}, where its user reaches it`
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** The command, with what it has to be told to find this program: nothing where all is as usual. */
function arcadia({ port, host, dataDir }: Running): string {
  const told = [
    ...(reachedByDefault.has(host) ? [] : [`HOST=${shellWord(host)}`]),
    ...(port === usualPort ? [] : [`PORT=${port}`]),
    ...(dataDir === resolve(usualDataDir) ? [] : [`DATA_DIR=${shellWord(nearest(dataDir))}`]),
  ]
  return [...told, 'npx arcadia'].join(' ')
}

/** Who listens at these is reached at the address that the command line takes when told of none. */
const reachedByDefault: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '0.0.0.0', '::'])
const usualOf = (key: string) => settingsTable.find((row) => row.key === key)?.default ?? ''
const usualPort = Number(usualOf('port'))
const usualDataDir = usualOf('dataDir')

function tokenWords(admin: AdminToken): string {
  if (admin.source === 'setting') return 'the one of ARCADIA_ADMIN_TOKEN'
  const why = admin.source === 'renewed' ? 'new, for the one before was revoked; ' : ''
  return `${admin.token.reveal()}  (${why}kept in ${admin.path})`
}

function simulatedTries(running: Running): readonly string[] {
  const { dropletId, accountId } = running
  const command = arcadia(running)
  const account = accountId === undefined ? '' : ` account_id=${accountId}`
  const snapshot =
    dropletId === undefined
      ? []
      : [`${command} saga start snapshot_droplet droplet_id=${dropletId}${account} --watch`]
  return [`${command} drift ls`, `${command} resources ls`, ...snapshot]
}

function realTries(running: Running): readonly string[] {
  const { cloud, writesEnabled, accountId } = running
  const command = arcadia(running)
  const name = shellWord(cloud.accountName)
  const account = accountId === undefined ? '' : ` --account ${name}`
  const enable = `${command} account enable-writes ${name}`
  return [
    `${command} sync${account}`,
    `${command} resources ls`,
    `${command} baseline --dry-run${account}`,
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
