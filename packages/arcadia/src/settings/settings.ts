import type { z } from 'zod'
import { SettingsError } from './errors.ts'
import type { Secret } from './secret.ts'
import { type SettingRow, settingsSchema, settingsTable } from './settings-table.ts'

type ParsedSettings = z.output<typeof settingsSchema>

/** The program's settings. Tokens and the database's URL are secrets: see `Secret`. */
export type Settings = Readonly<
  Omit<ParsedSettings, 'digitaloceanToken'> & {
    /** Undefined when no token is set at all. */
    digitaloceanReadToken: Secret | undefined
    /** Undefined when nothing may be changed. */
    digitaloceanProvisioningToken: Secret | undefined
  }
>

/** Values of flags by the key of their setting (`{ dataDir: '/srv' }`), as commander gives them. */
export type SettingFlags = Readonly<Record<string, string | undefined>>

type Given = Readonly<{ value: string; name: string }>

/**
 * Reads all settings: a flag before the environment before the default. Surrounding blanks are cut,
 * and an empty value counts as none.
 * @throws SettingsError for the first value that cannot be used
 */
export function parseSettings(env: NodeJS.ProcessEnv, flags: SettingFlags = {}): Settings {
  const given = new Map<string, Given>()
  for (const row of settingsTable) {
    const found = findValue(row, env, flags)
    if (found !== undefined) given.set(row.key, found)
  }
  const values = Object.fromEntries([...given].map(([key, { value }]) => [key, value]))
  const result = settingsSchema.safeParse(values)
  if (!result.success) throw explain(result.error, given)
  return withTokens(result.data)
}

function findValue(
  row: SettingRow,
  env: NodeJS.ProcessEnv,
  flags: SettingFlags,
): Given | undefined {
  const ofFlag = row.flag === undefined ? '' : (flags[row.key] ?? '').trim()
  if (ofFlag !== '') return { value: ofFlag, name: `${row.flag} (${row.variable})` }
  const value = (env[row.variable] ?? '').trim() || row.default
  return value === undefined ? undefined : { value, name: row.variable }
}

function explain(error: z.ZodError, given: ReadonlyMap<string, Given>): SettingsError {
  const key = String(error.issues[0]?.path[0])
  const row = settingsTable.find((candidate) => candidate.key === key)
  const found = given.get(key)
  // Neither can be missing: each issue is about a row's value, and each row has a default or may be absent.
  if (row === undefined || found === undefined) throw error
  // The cause is left out: it might repeat a secret's value.
  return new SettingsError(
    row.variable,
    `${found.name} ${row.isSecret ? '(value not shown)' : `is ${quote(found.value)}; it`} must be ${row.allowed}.`,
  )
}

/** In quotes, on one line, no longer than a line can hold, and without a URL's user and password. */
function quote(value: string): string {
  const shown = value.replace(/\/\/[^/]*@/, '//[secret]@')
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 60)}…` : shown)
}

/** One token for everything, or one for reading with or without one for changes; never a mixture. */
function withTokens({ digitaloceanToken: one, ...rest }: ParsedSettings): Settings {
  const { digitaloceanReadToken: read, digitaloceanProvisioningToken: provisioning } = rest
  if (one !== undefined && (read !== undefined || provisioning !== undefined)) {
    throw new SettingsError(
      'DIGITALOCEAN_TOKEN',
      'DIGITALOCEAN_TOKEN (value not shown) must be set alone: it stands for both DIGITALOCEAN_READ_TOKEN and DIGITALOCEAN_PROVISIONING_TOKEN.',
    )
  }
  if (provisioning !== undefined && read === undefined) {
    throw new SettingsError(
      'DIGITALOCEAN_PROVISIONING_TOKEN',
      'DIGITALOCEAN_PROVISIONING_TOKEN (value not shown) must be set together with DIGITALOCEAN_READ_TOKEN.',
    )
  }
  return Object.freeze({
    ...rest,
    digitaloceanReadToken: one ?? read,
    digitaloceanProvisioningToken: one ?? provisioning,
  })
}
