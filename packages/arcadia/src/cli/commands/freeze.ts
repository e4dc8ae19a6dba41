import type { Command } from 'commander'
import { type Freeze, freezeBody } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { printable } from '../render/text.ts'
import { exact } from '../render/time.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'

type FreezeFlags = ApiFlags & Readonly<{ reason: string }>

/** `arcadia freeze` and `arcadia resume`: the emergency brake. */
export function addFreezeCommands(program: Command, cli: Cli): void {
  withSession<FreezeFlags>(
    cli,
    program
      .command('freeze')
      .description('stop every change to every cloud, on every worker, at once')
      .requiredOption('--reason <reason>', 'why; shown to everyone who is refused'),
    freeze,
  )
  withSession(cli, program.command('resume').description('allow changes again'), resume)
}

function freeze(session: Session, { reason }: FreezeFlags): Promise<ExitCode> {
  return change(session, '/freeze', { reason })
}

function resume(session: Session): Promise<ExitCode> {
  return change(session, '/resume')
}

async function change(session: Session, path: string, body?: object): Promise<ExitCode> {
  const call = { method: 'POST', path, ...(body && { body }) } as const
  const answer = await session.api.call(call, freezeBody)
  if (session.json) session.printJson(answer.body)
  else session.print(freezeLines(answer.value, session))
  return exitCodes.ok
}

/** Whether all is frozen, since when, by whom and why. */
export function freezeLines(
  state: Freeze,
  { paint, now }: Pick<Session, 'paint' | 'now'>,
): string[] {
  const since = exact(state.changed_at, now())
  const by = (state.changed_by ?? '') === '' ? '' : ` by ${printable(state.changed_by ?? '')}`
  const change = since === '' ? '' : ` since ${since}${by}`
  if (!state.frozen) {
    // Nobody has said so where nothing was ever frozen.
    const resumed = since === '' || by === '' ? '' : `; resumed ${since}${by}`
    return [`${paint('green', 'Not frozen')}${resumed}`]
  }
  const reason = state.reason === null ? '' : `: ${printable(state.reason)}`
  return [
    `${paint('red', 'Frozen')}${change}${reason}`,
    'No change leaves for any cloud; "arcadia resume" allows them again.',
  ]
}
