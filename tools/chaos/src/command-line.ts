import { tmpdir } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import type { ChaosOptions } from './options.ts'

interface Flags {
  readonly sagas: number
  readonly workers: number
  readonly seconds: number
  readonly seed: number
  readonly lease: number
  readonly concurrency: number
  readonly speed: number
  readonly drain: number
  readonly folder: string
  readonly keep: boolean
  readonly kills: boolean
  readonly stops: boolean
  readonly postgres: boolean
  readonly connections: boolean
  readonly cloud: boolean
  readonly cancels: boolean
}

/**
 * Reads the arguments.
 * @param argv without the program and the script
 * @throws CommanderError for what commander has told the user already: wrong options, and `--help`
 */
export function readCommandLine(argv: readonly string[]): ChaosOptions {
  const flags: Flags = createCommand().parse(argv, { from: 'user' }).opts<Flags>()
  const { sagas, workers, seconds, seed, concurrency, speed, folder } = flags
  const { kills, stops, postgres, connections, cloud, cancels } = flags
  return {
    sagas,
    workers,
    seconds,
    seed,
    concurrency,
    speed,
    folder,
    keep: flags.keep,
    leaseMs: Math.round(flags.lease * 1_000),
    drainSeconds: flags.drain,
    faults: { kills, stops, postgres, connections, cloud, cancels },
  }
}

function createCommand(): Command {
  return new Command('npm run chaos --')
    .exitOverride()
    .description(
      'Runs sagas on real worker processes, which are killed and stopped, over a PostgreSQL that is killed, connections that are cut and a simulated cloud that fails. Then checks, from the outside, that nothing was lost, left behind or done twice. Ends with 1 if anything was.',
    )
    .option('--sagas <number>', 'how many sagas are started', whole(1), 5_000)
    .option('--workers <number>', 'how many worker processes', whole(2), 4)
    .option('--seconds <number>', 'how long faults happen', whole(10), 60)
    .option(
      '--seed <number>',
      'decides what happens when; processes are not as exact',
      whole(0),
      defaultSeed(),
    )
    .option('--lease <seconds>', "a worker's lease", between(1, 60), 2)
    .option('--concurrency <number>', 'how many runs a worker works on at once', whole(1), 25)
    .option('--speed <factor>', 'how much faster than a real cloud it is', between(1, 1_000), 120)
    .option('--drain <seconds>', 'how long runs may take to end afterwards', whole(10), 180)
    .option('--folder <path>', 'where data and logs go meanwhile', tmpdir())
    .option('--keep', 'keep these even if there is no breach', false)
    .option('--no-kills', 'no worker is killed')
    .option('--no-stops', 'no worker is stopped and resumed')
    .option('--no-postgres', 'PostgreSQL is not killed')
    .option('--no-connections', 'no connection to PostgreSQL is cut, stalled or muted')
    .option('--no-cloud', 'the simulated cloud does not fail')
    .option('--no-cancels', 'no saga is cancelled')
}

/** Another each day, and the same all day: a breach can be looked for again. */
function defaultSeed(): number {
  return Math.floor(Date.now() / 86_400_000)
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`)
  }
}

function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`)
  }
}
