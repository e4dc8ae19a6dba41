import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { SettingsError } from './errors.ts'
import { parseSettings, type SettingFlags } from './settings.ts'
import { settingsTable } from './settings-table.ts'

function messageFor(env: NodeJS.ProcessEnv, flags?: SettingFlags): string {
  try {
    parseSettings(env, flags)
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

describe('parseSettings', () => {
  it('needs nothing', () => {
    expect(parseSettings({})).toEqual({
      port: 4000,
      host: '127.0.0.1',
      dataDir: '.arcadia',
      digitaloceanApiUrl: 'https://api.digitalocean.com',
      digitaloceanReadToken: undefined,
      digitaloceanProvisioningToken: undefined,
      simulatorPort: 4010,
      simulatorSpeed: 60,
      logLevel: 'info',
    })
  })

  it('takes a flag before the environment before the default', () => {
    const env = { PORT: '5000', DATA_DIR: '/srv/a' }
    expect(parseSettings(env, { port: '6000' })).toMatchObject({ port: 6000, dataDir: '/srv/a' })
  })

  it('counts empty and blank values as none, and cuts blanks around the others', () => {
    const env = { PORT: '', HOST: '  ', DATABASE_URL: '', DIGITALOCEAN_TOKEN: 'dop_v1_abc\n' }
    const settings = parseSettings(env, { port: '' })
    expect(settings).toMatchObject({ port: 4000, host: '127.0.0.1' })
    expect(settings.databaseUrl).toBeUndefined()
    expect(settings.digitaloceanReadToken?.reveal()).toBe('dop_v1_abc')
  })

  it('takes 0 for any free port', () => {
    const env = { PORT: '0', SIMULATOR_PORT: '0' }
    expect(parseSettings(env)).toMatchObject({ port: 0, simulatorPort: 0 })
  })

  it.each([
    [
      { PORT: 'abc' },
      'PORT is "abc"; it must be a whole number from 0 to 65535 (0: any free port).',
    ],
    [{ PORT: '65536' }, 'PORT is "65536"; it must be a whole number'],
    [{ PORT: '-1' }, 'PORT is "-1"'],
    [{ PORT: '80.5' }, 'PORT is "80.5"'],
    [{ HOST: 'a b' }, 'HOST is "a b"; it must be an IP address or a host name.'],
    [{ SIMULATOR_SPEED: '0' }, 'SIMULATOR_SPEED is "0"; it must be a number greater than 0.'],
    [{ SIMULATOR_PORT: 'x' }, 'SIMULATOR_PORT is "x"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud"; it must be fatal, error, warn'],
    [{ DIGITALOCEAN_API_URL: 'ftp://x' }, 'DIGITALOCEAN_API_URL is "ftp://x"'],
    [{ PORT: 'a\nb' }, 'PORT is "a\\nb"'],
    [{ PORT: 'x'.repeat(500) }, `PORT is "${'x'.repeat(60)}…"`],
  ])('refuses %j in one line that says what is allowed', (env, message) => {
    expect(messageFor(env)).toContain(message)
    expect(messageFor(env).split('\n')).toHaveLength(1)
  })

  it('names the flag when the flag is wrong', () => {
    expect(messageFor({ PORT: '1' }, { port: 'x' })).toMatch(/^--port \(PORT\) is "x"; it must be/)
  })

  it.each([
    { DATABASE_URL: 'mysql://root:hunter2@host/db' },
    { ARCADIA_ADMIN_TOKEN: 'hunter2' },
    { DIGITALOCEAN_TOKEN: 'hunter2 hunter2' },
    { DIGITALOCEAN_READ_TOKEN: 'hunter2é' },
    { DIGITALOCEAN_API_URL: 'https://me:hunter2@host' },
  ])('does not show the secret it refuses (%#)', (env) => {
    expect(messageFor(env)).not.toContain('hunter2')
    expect(messageFor(env)).toContain(Object.keys(env)[0])
  })

  it('gives secrets that printing all settings does not show', () => {
    const settings = parseSettings({
      DATABASE_URL: 'postgres://me:hunter2@host/db',
      ARCADIA_ADMIN_TOKEN: 'hunter2-hunter2-hunter2',
      DIGITALOCEAN_TOKEN: 'hunter2',
    })
    expect(JSON.stringify(settings) + inspect(settings)).not.toContain('hunter2')
    expect(settings.databaseUrl?.reveal()).toBe('postgres://me:hunter2@host/db')
    expect(settings.adminToken?.reveal()).toBe('hunter2-hunter2-hunter2')
  })
})

describe('DigitalOcean tokens', () => {
  const tokens = (env: NodeJS.ProcessEnv) => {
    const settings = parseSettings(env)
    return [
      settings.digitaloceanReadToken?.reveal(),
      settings.digitaloceanProvisioningToken?.reveal(),
    ]
  }

  it('are one for everything', () => {
    expect(tokens({ DIGITALOCEAN_TOKEN: 'one' })).toEqual(['one', 'one'])
  })

  it('or one for reading and one for changes', () => {
    const env = { DIGITALOCEAN_READ_TOKEN: 'read', DIGITALOCEAN_PROVISIONING_TOKEN: 'write' }
    expect(tokens(env)).toEqual(['read', 'write'])
  })

  it('or one for reading only', () => {
    expect(tokens({ DIGITALOCEAN_READ_TOKEN: 'read' })).toEqual(['read', undefined])
  })

  it('but neither a mixture nor one for changes alone', () => {
    const mixture = { DIGITALOCEAN_TOKEN: 'one', DIGITALOCEAN_READ_TOKEN: 'read' }
    expect(messageFor(mixture)).toMatch(/^DIGITALOCEAN_TOKEN .* must be set alone/)
    expect(messageFor({ DIGITALOCEAN_PROVISIONING_TOKEN: 'write' })).toMatch(
      /^DIGITALOCEAN_PROVISIONING_TOKEN .* together with DIGITALOCEAN_READ_TOKEN/,
    )
  })
})

describe('settingsTable', () => {
  it('has a flag of the same name for every setting but the secrets', () => {
    expect(settingsTable.map(({ variable, flag }) => [variable, flag])).toEqual([
      ['PORT', '--port'],
      ['HOST', '--host'],
      ['DATA_DIR', '--data-dir'],
      ['DATABASE_URL', undefined],
      ['ARCADIA_ADMIN_TOKEN', undefined],
      ['DIGITALOCEAN_TOKEN', undefined],
      ['DIGITALOCEAN_READ_TOKEN', undefined],
      ['DIGITALOCEAN_PROVISIONING_TOKEN', undefined],
      ['DIGITALOCEAN_API_URL', '--digitalocean-api-url'],
      ['SIMULATOR_PORT', '--simulator-port'],
      ['SIMULATOR_SPEED', '--simulator-speed'],
      ['LOG_LEVEL', '--log-level'],
    ])
  })

  it('has keys that commander gives the flags', () => {
    for (const { key, flag } of settingsTable) {
      const byCommander = flag
        ?.slice(2)
        .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
      expect(byCommander ?? key).toBe(key)
    }
  })

  it('has defaults that it accepts itself', () => {
    const defaults = settingsTable.map((row) => [row.variable, row.default])
    expect(parseSettings(Object.fromEntries(defaults))).toEqual(parseSettings({}))
  })
})
