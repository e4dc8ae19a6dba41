import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SettingsError } from './errors.ts'
import { Secret } from './secret.ts'
import type { Settings } from './settings.ts'

/** The first administrator's token, and where it came from. */
export type AdminToken = Readonly<
  | { token: Secret; source: 'setting' }
  /** `made`: by this call, so that nobody has seen it yet; `renewed`: so, in place of a revoked one. */
  | { token: Secret; source: 'file' | 'made' | 'renewed'; path: string }
>

/**
 * The token of the first administrator: the setting's; else the one in `<dataDir>/admin-token`; else
 * a new one (256 random bits), kept there for its owner alone. Of two programs at once, both get the
 * same.
 * @throws SettingsError when the file cannot be used
 */
export async function adminToken(
  settings: Pick<Settings, 'adminToken'>,
  dataDir: string,
): Promise<AdminToken> {
  if (settings.adminToken !== undefined) return { token: settings.adminToken, source: 'setting' }
  const path = join(resolve(dataDir), 'admin-token')
  const kept = await readToken(path)
  if (kept !== undefined) return { token: kept, source: 'file', path }
  return makeToken(resolve(dataDir), path)
}

/** Puts a new token in the place of the one in `<dataDir>/admin-token`, which was revoked. */
export async function renewAdminToken(dataDir: string): Promise<AdminToken> {
  const path = join(resolve(dataDir), 'admin-token')
  const { value, unfinished } = await writeToken(path)
  await rename(unfinished, path)
  return { token: new Secret(value), source: 'renewed', path }
}

async function readToken(path: string): Promise<Secret | undefined> {
  let text: string
  try {
    text = (await readFile(path, 'utf8')).trim()
    // Copied or restored with wider permissions; only its owner may narrow them.
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600)
  } catch (error) {
    // Whether its folder can be one is found out when it is made.
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined
    throw new SettingsError(path, `${path}, which holds the admin token, cannot be read.`, {
      cause: error,
    })
  }
  if (!/^[\x21-\x7e]{16,}$/.test(text)) {
    throw new SettingsError(path, `${path} holds no token; delete it to have a new one made.`)
  }
  return new Secret(text)
}

/** Written in full under another name, then linked, which fails if the name is taken meanwhile. */
async function makeToken(dataDir: string, path: string): Promise<AdminToken> {
  await makeDataDir(dataDir)
  const { value, unfinished } = await writeToken(path)
  try {
    await link(unfinished, path)
    return { token: new Secret(value), source: 'made', path }
  } catch (error) {
    const other = isCode(error, 'EEXIST') ? await readToken(path) : undefined
    if (other === undefined) throw error
    return { token: other, source: 'file', path }
  } finally {
    await unlink(unfinished)
  }
}

/** A new token, in full, under another name than the one it is to have. */
async function writeToken(path: string) {
  const value = `arc_${randomBytes(32).toString('base64url')}`
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`
  await writeDurably(unfinished, `${value}\n`)
  return { value, unfinished }
}

/** 0711: when we are root, the embedded database's unprivileged user must pass through it. */
async function makeDataDir(dataDir: string): Promise<void> {
  const created = await mkdir(dataDir, { recursive: true })
  if (created !== undefined) await chmod(dataDir, 0o711)
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
