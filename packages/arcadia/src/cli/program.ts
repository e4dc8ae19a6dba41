import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { ApiProblem } from './api/errors.ts'
import { addAccountCommands } from './commands/account.ts'
import { addBaselineCommand } from './commands/baseline.ts'
import { addDriftCommands } from './commands/drift.ts'
import { addFreezeCommands } from './commands/freeze.ts'
import { addProcessCommands } from './commands/process.ts'
import { addResourceCommands } from './commands/resources.ts'
import { addSagaCommands } from './commands/saga.ts'
import { addScheduleCommands } from './commands/schedule.ts'
import { addSimulateCommand } from './commands/simulate.ts'
import { addSyncCommand } from './commands/sync.ts'
import { addTokenCommands } from './commands/token.ts'
import { errorLines, explain } from './errors.ts'
import { type ExitCode, exitCodes, exitCodeTable } from './exit-codes.ts'
import { details } from './render/details.ts'
import { type Paint, paintFor, plain } from './render/paint.ts'
import { type Cli, newCli } from './session.ts'
import type { Output, Terminal } from './terminal.ts'

/** Parses the arguments, does what they say, and gives the exit code; errors become words here. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const cli = newCli(terminal)
  try {
    await createProgram(cli).parseAsync(argv, { from: 'user' })
    return cli.exitCode
  } catch (error) {
    // Commander has said already what was wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    }
    return tell(cli, error)
  }
}

function tell({ terminal, json }: Cli, error: unknown): ExitCode {
  const { out, err, env } = terminal
  if (json && error instanceof ApiProblem) out.write(`${JSON.stringify(error.body, null, 2)}\n`)
  const paint = paintFor(err, env)
  const [first = '', ...rest] = errorLines(error, {
    logLevel: env['LOG_LEVEL'],
    width: err.columns,
  })
  err.write([first.replace(/^error:/, paint('red', 'error:')), ...rest, ''].join('\n'))
  return explain(error).exitCode
}

function createProgram(cli: Cli): Command {
  const program = new Command('arcadia')
    .description(
      'Operate cloud infrastructure: what is there, what was asked for, and every change a saga.',
    )
    .version(packageJson.version)
    .showHelpAfterError('Add --help for what there is.')
    .configureOutput(outputOf(cli.terminal))
    .configureHelp(helpStyle(paintFor(cli.terminal.out, cli.terminal.env)))
    .exitOverride()
    .addHelpText('after', exitCodeHelp(cli.terminal.out.columns ?? 80))
  program.commandsGroup('Run:')
  addProcessCommands(program, cli)
  addSimulateCommand(program, cli)
  program.commandsGroup('Know and notice:')
  addResourceCommands(program, cli)
  addSyncCommand(program, cli)
  addBaselineCommand(program, cli)
  addDriftCommands(program, cli)
  program.commandsGroup('Change:')
  addSagaCommands(program, cli)
  addScheduleCommands(program, cli)
  program.commandsGroup('Safety and access:')
  addAccountCommands(program, cli)
  addFreezeCommands(program, cli)
  addTokenCommands(program, cli)
  program.addHelpCommand(
    new Command('help').argument('[command]').description('help for a command').helpGroup('Help:'),
  )
  return program
}

function outputOf({ out, err, env }: Terminal) {
  const widthOf = ({ columns }: Output) => columns ?? 80
  const hasColours = (output: Output) => paintFor(output, env)('bold', '') !== ''
  return {
    writeOut: (text: string) => out.write(text),
    writeErr: (text: string) => err.write(text),
    getOutHelpWidth: () => widthOf(out),
    getErrHelpWidth: () => widthOf(err),
    getOutHasColors: () => hasColours(out),
    getErrHasColors: () => hasColours(err),
  }
}

function helpStyle(paint: Paint) {
  return {
    styleTitle: (text: string) => paint('bold', text),
    styleCommandText: (text: string) => paint('cyan', text),
    styleSubcommandText: (text: string) => paint('cyan', text),
  }
}

function exitCodeHelp(width: number): string {
  const list = exitCodeTable.map(([code, words]) => [String(code), words] as const)
  return ['', 'Exit codes:', ...details(list, { paint: plain, width, indent: '  ' })].join('\n')
}
