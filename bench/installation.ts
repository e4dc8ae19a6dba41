import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)

/**
 * Installs the peers as their lock file has them, unless that was done since it changed. No script of
 * theirs runs: what they need is in their packages.
 */
export async function installPeers(): Promise<void> {
  const [lock, installed] = await Promise.all([
    modifiedAt(join(here, 'package-lock.json')),
    modifiedAt(join(here, 'node_modules', '.package-lock.json')),
  ])
  if (installed < lock) await npm(['ci', '--prefix', here, '--ignore-scripts'])
}

/** The engine as it is shipped. */
export function buildEngine(): Promise<void> {
  return npm(['run', '--silent', 'build', '--workspace', 'packages/saga'])
}

const versioned = z.object({ version: z.string() })

/** The version that is installed: beside the benchmarks, or at the root. */
export async function versionOf(name: string): Promise<string> {
  for (const folder of [here, root]) {
    const file = join(folder, 'node_modules', name, 'package.json')
    const text = await readFile(file, 'utf8').catch(() => null)
    if (text !== null) return versioned.parse(JSON.parse(text)).version
  }
  return 'not installed'
}

async function modifiedAt(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}

async function npm(args: readonly string[]): Promise<void> {
  const child = spawn('npm', args, { cwd: root, stdio: ['ignore', process.stderr, process.stderr] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed; what it said is above`)
}
