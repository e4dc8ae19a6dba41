import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where the clients from npm are: beside the product, which does not depend on them. */
export const installedFolder = new URL('../installed/', import.meta.url)

/** What to do where the clients from npm are missing; undefined where they are installed. */
export const noPackages: string | undefined = existsSync(new URL('node_modules', installedFolder))
  ? undefined
  : `the clients are not installed: npm ci --ignore-scripts --prefix ${fileURLToPath(installedFolder)}`

const pythons = ['/usr/bin/python3', 'python3']

/** A Python that has python-digitalocean; undefined where there is none. */
export const pythonProgram: string | undefined = pythons.find(hasDigitalocean)

/** What to do where python-digitalocean is missing. */
export const noPython: string | undefined =
  pythonProgram === undefined
    ? 'python-digitalocean is not installed: apt-get install python3-digitalocean'
    : undefined

function hasDigitalocean(program: string): boolean {
  try {
    execFileSync(program, ['-c', 'import digitalocean'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
