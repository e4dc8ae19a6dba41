import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type ContenderName, contenderNames } from './contenders.ts'

/** What to measure, and how long. */
export interface BenchOptions {
  readonly rounds: number
  /** Of one measurement, after its warm-up. */
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly only: readonly (ContenderName | 'pgbench')[]
  readonly concurrency: readonly number[]
  /** Folder of the results; null: they are printed, and not kept. */
  readonly out: string | null
  /** The engine as it stands in `src`, rather than as it is built and shipped. */
  readonly source: boolean
}

const help = `npm run bench -- [options]

  --rounds 3              each round measures everyone, in another order
  --seconds 5             of each measurement
  --warm-up 2             seconds before it
  --only ours,bare,…      of: ${[...contenderNames, 'pgbench'].join(', ')}
  --concurrency 1,50,500  sagas in flight
  --out bench/results     folder of the results; "none" prints them only
  --source                the engine's source, rather than its build`

/** @throws Error for what is no option, in words */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      'warm-up': { type: 'string' },
      only: { type: 'string', default: [...contenderNames, 'pgbench'].join() },
      concurrency: { type: 'string', default: '1,50,500' },
      out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
      source: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const seconds = positive('seconds', values.seconds)
  return {
    rounds: positive('rounds', values.rounds),
    seconds,
    warmUpSeconds: positive('warm-up', values['warm-up'] ?? String(Math.min(2, seconds))),
    only: values.only.split(',').map(contender),
    concurrency: values.concurrency.split(',').map((text) => positive('concurrency', text)),
    out: values.out === 'none' ? null : values.out,
    source: values.source,
  }
}

export const usage = help

function positive(name: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`--${name}: "${text}" is no number above 0`)
}

function contender(text: string): ContenderName | 'pgbench' {
  const known = [...contenderNames, 'pgbench' as const].find((name) => name === text)
  if (known !== undefined) return known
  throw new Error(
    `--only: there is no "${text}"; give some of ${contenderNames.join(', ')}, pgbench`,
  )
}
