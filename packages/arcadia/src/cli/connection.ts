import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseSettings, Secret, type Settings } from '../settings/index.ts'
import { ExplainedError, UsageError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What the flags of a command say about where the API is. */
export type ConnectionFlags = Readonly<{
  url?: string | undefined
  token?: string | undefined
  dataDir?: string | undefined
}>

export type Connection = Readonly<{ url: string; token: Secret }>

/** There is no token to send. */
export class NoToken extends ExplainedError {
  override readonly name = 'NoToken'
  readonly code = 'no_token'
  readonly exitCode = exitCodes.unreachable
}

/** The settings that say where a server of this machine is; a command has no use for the others. */
const relevant = ['HOST', 'PORT', 'DATA_DIR', 'ARCADIA_ADMIN_TOKEN']

/**
 * Where the API is and what to show it. The token is the flag's, or ARCADIA_TOKEN, or
 * ARCADIA_ADMIN_TOKEN, or the one in the data folder, which is sent to this machine only.
 */
export async function connectionOf(env: Env, flags: ConnectionFlags): Promise<Connection> {
  const settings = parseSettings(
    Object.fromEntries(relevant.map((variable) => [variable, env[variable]])),
    { dataDir: flags.dataDir },
  )
  const given = givenAs(flags.url, '--url') ?? givenAs(env['ARCADIA_URL'], 'ARCADIA_URL')
  const url = given === undefined ? urlOf(settings) : checkedUrl(given)
  const token =
    tokenFrom(flags.token, '--token') ??
    tokenFrom(env['ARCADIA_TOKEN'], 'ARCADIA_TOKEN') ??
    settings.adminToken ??
    (await tokenOfFolder(settings, url))
  return { url, token }
}

type Given = Readonly<{ value: string; name: string }>

function givenAs(value: string | undefined, name: string): Given | undefined {
  const text = (value ?? '').trim()
  return text === '' ? undefined : { value: text, name }
}

function checkedUrl({ value, name }: Given): string {
  const url = URL.parse(value)
  const usable = url !== null && ['http:', 'https:'].includes(url.protocol) && url.password === ''
  if (!usable || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(
      `${name} is not the address of a server; it must be an http or https URL such as http://127.0.0.1:4000, without a user or password.`,
    )
  }
  return url.href.replace(/\/+$/, '')
}

/** A server that listens everywhere is reached at the loopback address. */
function urlOf({ host, port }: Settings): string {
  if (port === 0) {
    throw new UsageError('PORT is 0, so the port is not known here.', [
      'Give the address that the server printed with --url or ARCADIA_URL.',
    ])
  }
  const everywhere = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ])
  const address = everywhere.get(host) ?? host
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

function tokenFrom(value: string | undefined, name: string): Secret | undefined {
  const given = givenAs(value, name)
  if (given === undefined) return undefined
  if (!/^[\x21-\x7e]+$/.test(given.value)) {
    throw new UsageError(
      `${name} (value not shown) holds blanks or other characters that no token has.`,
    )
  }
  return new Secret(given.value)
}

async function tokenOfFolder(settings: Settings, url: string): Promise<Secret> {
  const path = join(resolve(settings.dataDir), 'admin-token')
  const advice = 'Give a token with --token or ARCADIA_TOKEN.'
  if (!isOfThisMachine(url, settings.host)) {
    throw new NoToken(`No token was given for ${url}.`, [
      advice,
      `The one in ${path} is sent to this machine only.`,
    ])
  }
  try {
    const text = (await readFile(path, 'utf8')).trim()
    if (/^[\x21-\x7e]+$/.test(text)) return new Secret(text)
    throw new NoToken(`No token was given, and ${path} holds none.`, [advice])
  } catch (cause) {
    if (cause instanceof NoToken) throw cause
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new NoToken(
      `No token was given, and ${path} ${missing ? 'is not there' : 'cannot be read'}.`,
      missing
        ? [
            `If ArcadiaCloud has never been started here, start it with "npm start"; if its data folder is another, name it with --data-dir. Else: ${advice.charAt(0).toLowerCase()}${advice.slice(1)}`,
          ]
        : [advice],
      { cause },
    )
  }
}

function isOfThisMachine(url: string, host: string): boolean {
  const { hostname } = new URL(url)
  const name = hostname.replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name) || name === host
}
