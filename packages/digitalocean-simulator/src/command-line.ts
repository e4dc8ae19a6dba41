import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { type FaultInput, faultOrder } from './faults/fault.ts'
import { tokenGrant } from './http/access.ts'
import type { SimulatorOptions } from './simulator.ts'
import type { Speed } from './time.ts'

/** What was given on the command line cannot be used; the message is for the user. */
export class UsageError extends Error {
  readonly code = 'USAGE'
  override readonly name = 'UsageError'
}

/** What commander makes of the arguments. */
interface Flags {
  readonly port: number
  readonly host: string
  readonly data?: string
  readonly seed: number
  readonly randomSeed: number
  readonly speed: Speed
  readonly lag?: number
  readonly rateLimits: boolean
  readonly tokens?: string
  readonly fault: readonly string[]
}

/**
 * Reads the arguments, and the files that they name.
 * @param argv without the program and the script
 * @throws UsageError for what a file or a fault says, CommanderError for what commander has told
 *   the user already: wrong options, and `--help`
 */
export async function readCommandLine(argv: readonly string[]): Promise<SimulatorOptions> {
  const command = createCommand().parse(argv, { from: 'user' })
  const flags: Flags = command.opts<Flags>()
  const faults: FaultInput[] = []
  for (const given of flags.fault) faults.push(...(await readFaults(given)))
  return {
    port: flags.port,
    host: flags.host,
    ...(flags.data === undefined ? {} : { dataDir: flags.data }),
    seed: { resources: flags.seed, randomSeed: flags.randomSeed },
    speed: flags.speed,
    ...(flags.lag === undefined ? {} : { lagMs: flags.lag }),
    ...(flags.rateLimits ? {} : { rateLimits: false }),
    ...(flags.tokens === undefined ? {} : { tokens: await readTokens(flags.tokens) }),
    faults,
  }
}

function createCommand(): Command {
  return new Command('digitalocean-simulator')
    .exitOverride()
    .description(
      'A stateful DigitalOcean in one process, for anyone who tests against DigitalOcean.',
    )
    .addHelpText(
      'after',
      '\nCommands for one that runs: fault, faults, reached, release, remove, requests, call, create,' +
        '\nchange, delete, end, advance, speed, reset, state; each with --url and --help.',
    )
    .option('--port <port>', 'where to listen; 0 for any free port', number, 4010)
    .option('--host <address>', 'on which address', '127.0.0.1')
    .option('--data <folder>', 'keep the state there; in memory only when left out')
    .option(
      '--seed <resources>',
      'fill a new account with so many resources; 0 for none',
      number,
      40,
    )
    .option('--random-seed <number>', 'equal numbers make equal fleets, ids and lags', number, 1)
    .option(
      '--speed <factor>',
      'how many times faster than the real cloud actions run; or immediate',
      speed,
      1,
    )
    .option(
      '--lag <ms>',
      'how far reads lag behind; seconds, as in the real cloud, when left out',
      number,
    )
    .option('--no-rate-limits', 'take any number of requests')
    .option('--tokens <file>', 'JSON: the tokens there are, [{"token": "…", "scopes": "read"}, …]')
    .addOption(
      new Option('--fault <json or file>', 'a fault from the start; may be repeated')
        .argParser((value, previous: string[]) => [...previous, value])
        .default([], 'none'),
    )
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('It is not a number.')
  return value
}

/** Whether a number can be a speed is decided where all options are checked. */
function speed(text: string): Speed {
  return text === 'immediate' ? text : number(text)
}

async function readTokens(file: string) {
  return parse(z.array(tokenGrant), await readText(file), `--tokens ${file}`)
}

/** One fault or a list of them, given as JSON or as the name of a file with it. */
async function readFaults(given: string): Promise<readonly FaultInput[]> {
  const inline = /^\s*[[{]/.test(given)
  const text = inline ? given : await readText(given)
  const faults = z.preprocess((content) => [content].flat(), z.array(faultOrder))
  return parse(faults, text, inline ? '--fault' : `--fault ${given}`)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause })
  }
}

function parse<T>(schema: z.ZodType<T>, text: string, source: string): T {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${source}: this is not JSON.`, { cause })
  }
  const parsed = schema.safeParse(content)
  if (!parsed.success) throw new UsageError(`${source}: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
