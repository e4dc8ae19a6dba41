import { type Command, Option } from 'commander'
import type { Stoppable } from '../../main.ts'
import { parseSettings, type SettingFlags, settingsTable } from '../../settings/index.ts'
import { ExplainedError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { details } from '../render/details.ts'
import { plain } from '../render/paint.ts'
import type { Cli } from '../session.ts'

const workerSettings = [
  'DATA_DIR',
  'DATABASE_URL',
  'DIGITALOCEAN_TOKEN',
  'DIGITALOCEAN_READ_TOKEN',
  'DIGITALOCEAN_PROVISIONING_TOKEN',
  'DIGITALOCEAN_API_URL',
  'SIMULATOR_PORT',
  'LOG_LEVEL',
]
const migrationSettings = ['DATA_DIR', 'DATABASE_URL', 'LOG_LEVEL']

/** A program could not start, or could not go on; its message is one line that says what to do. */
class ProgramFailed extends ExplainedError {
  override readonly name = 'ProgramFailed'
  readonly code = 'program_failed'
  readonly exitCode = exitCodes.failed
}

/** `arcadia serve`, `worker` and `migrate`: programs of their own, which need no server. */
export function addProcessCommands(program: Command, cli: Cli): void {
  withSettings(cli, program.command('serve'))
    .description('run it: API, worker, schedules, and what was not given: database, simulator')
    .action((flags: SettingFlags) =>
      runProgram(async ({ serve, untilSignal }) => {
        const settings = parseSettings(cli.terminal.env, flags)
        await untilSignal(async (signal) =>
          saying(cli, await serve(settings, { ...sinks(cli), signal })),
        )
      }),
    )
  withSettings(cli, program.command('worker'), workerSettings)
    .description('run one more worker on the same database')
    .action((flags: SettingFlags) =>
      runProgram(async ({ startWorker, untilSignal }) => {
        const settings = parseSettings(cli.terminal.env, flags)
        await untilSignal(async (signal) =>
          saying(cli, await startWorker(settings, { ...sinks(cli), signal })),
        )
      }),
    )
  withSettings(cli, program.command('migrate'), migrationSettings)
    .description("bring the database to this program's version, and end")
    .action((flags: SettingFlags) =>
      runProgram(async ({ migrateOnly }) => {
        await migrateOnly(parseSettings(cli.terminal.env, flags), sinks(cli))
      }),
    )
}

type Main = typeof import('../../main.ts')

/** Loaded when it is needed only: the other commands begin faster without a server in memory. */
async function runProgram(act: (main: Main) => Promise<void>): Promise<void> {
  const main = await import('../../main.ts')
  try {
    await act(main)
  } catch (error) {
    const explained = main.explainStart(error)
    if (explained === undefined || explained.exitCode === 2) throw error
    throw new ProgramFailed(explained.message, [], { cause: error })
  }
}

/** What runs, and says so when it is stopped: a step under way may take its time to end. */
function saying({ terminal: { out } }: Cli, running: Stoppable): Stoppable {
  return {
    async stop() {
      out.write('\nStopping: the work under way may end first; Ctrl-C again ends it at once …\n')
      await running.stop()
      out.write('Stopped. Everything is kept.\n')
    },
  }
}

function sinks({ terminal }: Cli) {
  return { stdout: terminal.out, stderr: terminal.err }
}

const allSettings = settingsTable.map(({ variable }) => variable)

/** Adds a flag for each setting; those without one are told beneath. */
function withSettings(
  cli: Cli,
  command: Command,
  variables: readonly string[] = allSettings,
): Command {
  const rows = settingsTable.filter(({ variable }) => variables.includes(variable))
  for (const row of rows) {
    if (row.flag === undefined) continue
    const fallback = row.default === undefined ? '' : `; default: ${row.default}`
    command.addOption(
      new Option(`${row.flag} <value>`, `${row.description} (${row.variable}${fallback})`),
    )
  }
  const secrets = rows.filter(({ isSecret }) => isSecret)
  const list = secrets.map(({ variable, description }) => [variable, description] as const)
  const { columns: width = 80 } = cli.terminal.out
  return command.addHelpText(
    'after',
    [
      '',
      'By the environment only, for others may see arguments:',
      ...details(list, { paint: plain, width, indent: '  ' }),
    ].join('\n'),
  )
}
