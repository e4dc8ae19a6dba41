import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SettingsError } from '../settings/index.ts'
import { type ConnectionFlags, connectionOf, NoToken } from './connection.ts'
import { UsageError } from './errors.ts'

const token = 'arc_a-token-of-these-tests'

async function dataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'arcadia-connection-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'admin-token'), `${token}\n`, { mode: 0o600 })
  return folder
}

async function urlOf(env: Record<string, string>, flags: ConnectionFlags = {}): Promise<string> {
  return (await connectionOf(env, { token, ...flags })).url
}

async function tokenOf(env: Record<string, string>, flags: ConnectionFlags = {}): Promise<string> {
  return (await connectionOf(env, flags)).token.reveal()
}

describe('the address', () => {
  it.each([
    [{}, 'http://127.0.0.1:4000'],
    [{ PORT: '5000' }, 'http://127.0.0.1:5000'],
    [{ HOST: '0.0.0.0' }, 'http://127.0.0.1:4000'],
    [{ HOST: '::' }, 'http://[::1]:4000'],
    [{ HOST: 'arcadia.internal' }, 'http://arcadia.internal:4000'],
    [{ ARCADIA_URL: 'https://arcadia.example/' }, 'https://arcadia.example'],
    [{ ARCADIA_URL: 'https://example.org/arcadia/' }, 'https://example.org/arcadia'],
    [{ ARCADIA_URL: '', PORT: '5000' }, 'http://127.0.0.1:5000'],
  ])('of %j is %s', async (env, url) => {
    expect(await urlOf(env)).toBe(url)
  })

  it('is the flag before the environment', async () => {
    const env = { ARCADIA_URL: 'http://a:1' }
    expect(await urlOf(env, { url: 'http://b:2' })).toBe('http://b:2')
  })

  it.each(['arcadia:4000', 'ftp://a', 'http://me:hunter2@a', 'http://a/?token=hunter2', 'x y'])(
    '%s is refused, without repeating what it may hold',
    async (url) => {
      const error: unknown = await urlOf({}, { url }).catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(UsageError)
      expect(String(error)).not.toContain('hunter2')
    },
  )

  it('cannot be known of a server on any free port', async () => {
    await expect(urlOf({ PORT: '0' })).rejects.toThrow(UsageError)
  })

  it('does not depend on settings that only a server needs', async () => {
    expect(await urlOf({ SIMULATOR_SPEED: 'fast', DIGITALOCEAN_PROVISIONING_TOKEN: 'x' })).toBe(
      'http://127.0.0.1:4000',
    )
    await expect(urlOf({ PORT: 'x' })).rejects.toThrow(SettingsError)
  })
})

describe('the token', () => {
  it("is the flag's, else ARCADIA_TOKEN, else ARCADIA_ADMIN_TOKEN, else the data folder's", async () => {
    const DATA_DIR = await dataDir()
    const admin = { DATA_DIR, ARCADIA_ADMIN_TOKEN: 'the-administrator-s' }
    const both = { ...admin, ARCADIA_TOKEN: 'of-the-environment' }
    expect(await tokenOf(both, { token: 'of-the-flag' })).toBe('of-the-flag')
    expect(await tokenOf(both)).toBe('of-the-environment')
    expect(await tokenOf(admin)).toBe('the-administrator-s')
    expect(await tokenOf({ DATA_DIR })).toBe(token)
    expect(await tokenOf({}, { dataDir: DATA_DIR })).toBe(token)
  })

  it.each([
    ['http://localhost:4000', true],
    ['http://127.0.0.1:5000', true],
    ['http://[::1]:4000', true],
    ['https://arcadia.example', false],
    ['http://127.evil.example', false],
  ])('of the data folder is sent to %s: %s', async (url, sent) => {
    const found = tokenOf({ DATA_DIR: await dataDir(), ARCADIA_URL: url })
    if (sent) expect(await found).toBe(token)
    else await expect(found).rejects.toThrow(NoToken)
  })

  it('is never shown when it is refused', async () => {
    const error: unknown = await tokenOf({ ARCADIA_TOKEN: 'hunter2 hunter2' }).catch(
      (caught: unknown) => caught,
    )
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).not.toContain('hunter2')
  })

  it('says where it was looked for when there is none', async () => {
    await expect(tokenOf({ DATA_DIR: '/nowhere' })).rejects.toThrow('/nowhere/admin-token')
  })
})
