import type { Log } from '@arcadia-cloud/saga'
import pg from 'pg'
import { startEmbeddedPostgres } from '../database/embedded/index.ts'
import { migrateDatabase, type OpenedDatabase, openDatabase } from '../database/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Closers } from './closers.ts'
import { codeIn, StartError } from './errors.ts'

export interface ProgramDatabase extends OpenedDatabase {
  /** For people: where it is. Holds no secret. */
  readonly description: string
  /** Where the embedded one keeps its data. */
  readonly folder?: string
}

const oldestVersion = 15
const connectTimeoutMs = 10_000
/** Room for the worker's runs and the API's requests; a session costs PostgreSQL some megabytes. */
const poolSize = 20

/**
 * Opens the database of the settings, or the embedded one, and brings its schemas to this program's
 * version.
 * @throws {StartError} when it cannot be used, {MigrationError} when it is newer than the program
 */
export async function openProgramDatabase(
  settings: Settings,
  log: Log,
  closers: Closers,
): Promise<ProgramDatabase> {
  const { config, description, folder } = await locate(settings, log, closers)
  await probe(config, description)
  // A session that the server ends while it is being closed is not lost.
  let isClosing = false
  const hearing: Log = {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log[isClosing ? 'debug' : 'warn'](fields, message),
    error: (fields, message) => log.error(fields, message),
  }
  const opened = openDatabase({ ...config, max: poolSize, application_name: 'arcadia' }, hearing)
  closers.add('connections', () => {
    isClosing = true
    return opened.close()
  })
  await migrateDatabase(opened.pool)
  return { ...opened, description, ...(folder === undefined ? {} : { folder }) }
}

interface Located {
  readonly config: pg.ClientConfig
  readonly description: string
  readonly folder?: string
}

async function locate(settings: Settings, log: Log, closers: Closers): Promise<Located> {
  if (settings.databaseUrl !== undefined) {
    const connectionString = settings.databaseUrl.reveal()
    return { config: { connectionString }, description: addressOf(connectionString) }
  }
  // That it came up is told to people in other words.
  const quiet = {
    info: (fields: object, message: string) => log.debug(fields, message),
    warn: (fields: object, message: string) => log.warn(fields, message),
  }
  const server = await startEmbeddedPostgres({ dataDir: settings.dataDir, log: quiet })
  closers.add('embedded PostgreSQL', server.stop)
  const { connection, description, folder } = server
  return { config: { ...connection }, description, folder }
}

/** A database's address without user, password and options. */
export function addressOf(connectionString: string): string {
  const url = URL.parse(connectionString)
  if (url === null) return 'the database of DATABASE_URL'
  const socket = url.searchParams.get('host')
  return `postgres://${socket ?? url.host}${url.pathname}`
}

/** One connection, so that what is wrong is known at once and said once. @throws {StartError} */
async function probe(config: pg.ClientConfig, description: string): Promise<void> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: connectTimeoutMs })
  client.on('error', () => undefined)
  let version: number
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string }>(
      `select current_setting('server_version_num') as version`,
    )
    version = Math.floor(Number(rows[0]?.version) / 10_000)
  } catch (error) {
    throw unusable(error, description)
  } finally {
    await client.end().catch(() => undefined)
  }
  if (version >= oldestVersion) return
  throw new StartError(
    'database_too_old',
    `The database at ${description} is PostgreSQL ${version}; ArcadiaCloud needs ${oldestVersion} or newer.`,
  )
}

const reasons: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  ETIMEDOUT: 'it does not answer',
  ENOENT: 'there is no such socket',
  '28P01': 'it refuses the password',
  '28000': 'it refuses the user',
  '3D000': 'there is no such database',
  '53300': 'it has no connection to spare',
  '57P03': 'it is starting up or shutting down',
}

function unusable(error: unknown, description: string): StartError {
  const code = codeIn(error) ?? ''
  const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
  return new StartError(
    'database_unusable',
    `The database at ${description} cannot be used: ${reasons[code] ?? message}. Check DATABASE_URL (value not shown), or leave it out to use the embedded one.`,
    { cause: error },
  )
}
