import { type Command, Option } from 'commander'
import { type Api, apiClient } from './api/client.ts'
import { type ConnectionFlags, connectionOf } from './connection.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { type Paint, paintFor } from './render/paint.ts'
import { printable, wrap } from './render/text.ts'
import type { Terminal } from './terminal.ts'

/** The flags of every command that talks to the API. */
export type ApiFlags = ConnectionFlags & Readonly<{ json?: boolean }>

/** A command at work: the API it talks to, and how it shows what it learnt. */
export interface Session {
  readonly api: Api
  readonly terminal: Terminal
  /** Programs read this: the API's bodies, and nothing else on standard output. */
  readonly json: boolean
  readonly paint: Paint
  /** Of the terminal; undefined where lines may be of any length. */
  readonly width: number | undefined
  now(): number
  print(lines: readonly string[]): void
  printJson(body: unknown): void
  /** For people, beside the result: on standard error. */
  note(text: string): void
}

/** What the commands of one invocation share. */
export interface Cli {
  readonly terminal: Terminal
  /** Whether a program reads the output; known once a command has begun. */
  json: boolean
  exitCode: ExitCode
}

export function newCli(terminal: Terminal): Cli {
  return { terminal, json: false, exitCode: exitCodes.ok }
}

/**
 * Gives a command that talks to the API the flags that all of those have, after its own, and what it
 * does.
 */
export function withSession<Flags extends ApiFlags>(
  cli: Cli,
  command: Command,
  act: (session: Session, flags: Flags, ...args: string[]) => Promise<ExitCode>,
): void {
  for (const option of apiOptions()) command.addOption(option.helpGroup('Connection and output:'))
  command.action(async () => {
    const flags = command.opts<Flags>()
    cli.json = flags.json === true
    cli.exitCode = await act(await openSession(cli.terminal, flags), flags, ...command.args)
  })
}

function apiOptions(): readonly Option[] {
  return [
    new Option('--url <url>', 'where ArcadiaCloud is (ARCADIA_URL; default: by HOST and PORT)'),
    new Option(
      '--token <token>',
      'what to show it (better in ARCADIA_TOKEN: others may see arguments; default: the token in the data folder)',
    ),
    new Option('--data-dir <folder>', 'data folder with that token (DATA_DIR; default: .arcadia)'),
    new Option('--json', "the API's own answer, for programs"),
  ]
}

async function openSession(terminal: Terminal, flags: ApiFlags): Promise<Session> {
  const { url, token } = await connectionOf(terminal.env, flags)
  const { out, err } = terminal
  return {
    api: apiClient({ url, token: token.reveal() }),
    terminal,
    json: flags.json === true,
    paint: paintFor(out, terminal.env),
    width: out.columns,
    now: () => terminal.now(),
    print: (lines) => out.write(lines.map((line) => `${line}\n`).join('')),
    printJson: (body) => out.write(`${JSON.stringify(body, null, 2)}\n`),
    note: (text) =>
      err.write(`${wrap(printable(text), err.columns ?? Number.POSITIVE_INFINITY).join('\n')}\n`),
  }
}
