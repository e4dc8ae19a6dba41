import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { adminToken, renewAdminToken } from './admin-token.ts'
import { SettingsError } from './errors.ts'
import { parseSettings } from './settings.ts'

async function dataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'arcadia-settings-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'data')
}

const none = parseSettings({})

describe('adminToken', () => {
  it("is the setting's, and then touches no file", async () => {
    const folder = await dataDir()
    const settings = parseSettings({ ARCADIA_ADMIN_TOKEN: 'given-by-the-operator' })
    const { token, source } = await adminToken(settings, folder)
    expect([token.reveal(), source]).toEqual(['given-by-the-operator', 'setting'])
    await expect(stat(folder)).rejects.toThrow('ENOENT')
  })

  it('is made once, for its owner alone, and found again', async () => {
    const folder = await dataDir()
    const made = await adminToken(none, folder)
    expect(made).toMatchObject({ source: 'made', path: join(folder, 'admin-token') })
    expect(made.token.reveal()).toMatch(/^arc_[\w-]{43}$/)
    expect((await stat(join(folder, 'admin-token'))).mode & 0o777).toBe(0o600)

    const found = await adminToken(none, folder)
    expect([found.source, found.token.reveal()]).toEqual(['file', made.token.reveal()])
    expect(await readdir(folder)).toEqual(['admin-token'])
  })

  it('is the same for programs that make it at the same time', async () => {
    const folder = await dataDir()
    const tokens = await Promise.all([1, 2, 3, 4].map(() => adminToken(none, folder)))
    expect(new Set(tokens.map(({ token }) => token.reveal())).size).toBe(1)
    expect(tokens.filter(({ source }) => source === 'made')).toHaveLength(1)
    expect(await readdir(folder)).toEqual(['admin-token'])
  })

  it('is renewed in its place, for its owner alone', async () => {
    const folder = await dataDir()
    const made = await adminToken(none, folder)
    const renewed = await renewAdminToken(folder)
    expect(renewed).toMatchObject({ source: 'renewed', path: join(folder, 'admin-token') })
    expect(renewed.token.reveal()).not.toBe(made.token.reveal())
    expect((await adminToken(none, folder)).token.reveal()).toBe(renewed.token.reveal())
    expect((await stat(join(folder, 'admin-token'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['admin-token'])
  })

  it('is hidden again from others when its file was opened to them', async () => {
    const folder = await dataDir()
    await adminToken(none, folder)
    await chmod(join(folder, 'admin-token'), 0o644)
    await adminToken(none, folder)
    expect((await stat(join(folder, 'admin-token'))).mode & 0o777).toBe(0o600)
  })

  it('is not taken from a file that holds none, which is left as it is', async () => {
    const folder = await dataDir()
    await adminToken(none, folder)
    await writeFile(join(folder, 'admin-token'), 'short')
    await expect(adminToken(none, folder)).rejects.toThrow(SettingsError)
    expect(await readFile(join(folder, 'admin-token'), 'utf8')).toBe('short')
  })
})
