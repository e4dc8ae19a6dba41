import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Command } from 'commander'
import { z } from 'zod'
import { parseSettings } from '../../settings/index.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import type { Cli } from '../session.ts'

const simulatorPackage = '@arcadia-cloud/digitalocean-simulator'

/** `arcadia simulate`: the simulator's own command, at the port and speed of our settings. */
export function addSimulateCommand(program: Command, cli: Cli): void {
  program
    .command('simulate')
    .description('run the DigitalOcean simulator alone; --help shows what it takes')
    .usage('[options of digitalocean-simulator]')
    .argument('[arguments...]')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (given: readonly string[]) => {
      const { SIMULATOR_PORT, SIMULATOR_SPEED } = cli.terminal.env
      const settings = parseSettings({ SIMULATOR_PORT, SIMULATOR_SPEED })
      const { simulatorPort: port, simulatorSpeed: speed } = settings
      const defaults = { port, speed }
      if (given.some((text) => text === '--help' || text === '-h')) {
        cli.terminal.out.write(await helpText(defaults))
        return
      }
      const args = Object.entries(defaults).flatMap(([name, value]) => [`--${name}`, `${value}`])
      cli.exitCode = await runSimulator([...args, ...given])
    })
}

/** The simulator's own help, under the name and with the defaults that it has here. */
async function helpText(defaults: Readonly<Record<string, number>>): Promise<string> {
  const args = [await simulatorCommand(), '--help']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const named = stdout.replace(/^Usage: \S+/, 'Usage: arcadia simulate')
  const here = Object.entries(defaults).reduce(
    (text, [name, value]) =>
      text.replace(new RegExp(`(--${name} <[^(]*\\(default:\\s+)[^)]*`), `$1${value}`),
    named,
  )
  return `${here}\nSIMULATOR_PORT and SIMULATOR_SPEED say the same as --port and --speed.\n`
}

/**
 * Ctrl-C reaches the simulator by itself, as it does everybody at the terminal, and a second signal
 * would end it at once: only what is meant for us alone is passed on.
 */
async function runSimulator(args: readonly string[]): Promise<ExitCode> {
  const child = spawn(process.execPath, [await simulatorCommand(), ...args], { stdio: 'inherit' })
  let interrupts = 0
  const passOn = () => void child.kill('SIGTERM')
  const onInterrupt = () => {
    interrupts += 1
    if (interrupts > 1) passOn()
  }
  process.on('SIGTERM', passOn)
  process.on('SIGINT', onInterrupt)
  try {
    const [code]: (number | null)[] = await once(child, 'exit')
    return code === 0 ? exitCodes.ok : exitCodes.failed
  } finally {
    process.off('SIGTERM', passOn)
    process.off('SIGINT', onInterrupt)
  }
}

const manifestShape = z.object({ bin: z.object({ 'digitalocean-simulator': z.string() }) })

/** The command that the package declares: its door for those who start it as a program. */
async function simulatorCommand(): Promise<string> {
  const path = findPackageJSON(simulatorPackage, import.meta.url)
  if (path === undefined) throw new Error(`${simulatorPackage} is not installed`)
  const manifest = manifestShape.parse(JSON.parse(await readFile(path, 'utf8')))
  return join(dirname(path), manifest.bin['digitalocean-simulator'])
}
