import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
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
      const defaults = ['--port', String(port), '--speed', String(speed)]
      cli.exitCode = await runSimulator([...defaults, ...given])
    })
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
