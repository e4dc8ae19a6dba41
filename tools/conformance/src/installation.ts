import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../proxy', import.meta.url))

/** What to do where the proxy is not installed; undefined where it is. */
export const noProxy: string | undefined = existsSync(join(folder, 'node_modules'))
  ? undefined
  : `the validating proxy is not installed: npm ci --ignore-scripts --prefix ${folder}`

/**
 * Installs the validating proxy as its lock file has it, unless that was done since it changed. No
 * script of a package runs.
 * @returns the program, for Node.js
 * @throws Error when npm fails
 */
export async function installProxy(): Promise<string> {
  const [lock, installed] = await Promise.all([
    modifiedAt(join(folder, 'package-lock.json')),
    modifiedAt(join(folder, 'node_modules', '.package-lock.json')),
  ])
  if (installed < lock) await npm('ci', '--prefix', folder, '--ignore-scripts')
  return createRequire(join(folder, 'package.json')).resolve('@stoplight/prism-cli')
}

async function modifiedAt(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}

async function npm(...args: readonly string[]): Promise<void> {
  const child = spawn('npm', args, {
    cwd: folder,
    stdio: ['ignore', process.stderr, process.stderr],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed; what it said is above`)
}
