import type { Command } from 'commander'
import { z } from 'zod'
import { accountIdOf } from '../api/accounts.ts'
import { type Saga, sagaBody } from '../api/shapes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { type Column, table } from '../render/table.ts'
import { exitCodeOf } from '../sagas/standing.ts'
import { printStarted } from '../sagas/started.ts'
import { awaitSaga, interruptedCode } from '../sagas/watch.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'
import { repeated } from './arguments.ts'

type SyncFlags = ApiFlags &
  Readonly<{
    kind?: readonly string[]
    account?: string
    allowMassDeletion?: boolean
    wait: boolean
  }>

/** `arcadia sync`: brings the inventory up to date. */
export function addSyncCommand(program: Command, cli: Cli): void {
  withSession<SyncFlags>(
    cli,
    program
      .command('sync')
      .description('bring the inventory up to date now')
      .option('--kind <kind>', 'only this kind, e.g. droplet; may be repeated', repeated)
      .option('--account <account>', 'whose, by name or id, where there are several')
      .option(
        '--allow-mass-deletion',
        'mark what is gone as deleted even if it is much at once; each is still asked for by itself',
      )
      .option('--no-wait', 'start it, and do not wait for it'),
    sync,
  )
}

async function sync(session: Session, flags: SyncFlags): Promise<ExitCode> {
  const { kind: kinds, account } = flags
  const body = {
    ...(kinds === undefined ? {} : { kinds }),
    ...(account === undefined ? {} : { account_id: await accountIdOf(session.api, account) }),
    ...(flags.allowMassDeletion === true ? { allow_mass_deletion: true } : {}),
  }
  const started = await session.api.call({ method: 'POST', path: '/sync', body }, sagaBody)
  if (!flags.wait) return printStarted(session, started)
  const end = await awaitSaga(session, started.value.id)
  if (end.type === 'interrupted') return interruptedCode(end.reason)
  if (session.json) session.printJson(end.body)
  else session.print(syncTable(end.saga, session))
  return exitCodeOf(end.saga)
}

/** What a sync says of one kind. */
const outcome = z.looseObject({
  status: z.enum(['running', 'complete', 'failed', 'withheld']),
  seen: z.number().default(0),
  created: z.number().default(0),
  changed: z.number().default(0),
  deleted: z.number().default(0),
  error: z.string().nullish(),
})
type Outcome = z.output<typeof outcome>

const outcomeWords: { readonly [S in Outcome['status']]: string } = {
  running: 'Running',
  complete: 'Complete',
  failed: 'Failed',
  withheld: 'Needs you',
}

/** What a sync found, a line a kind; nothing for one that came to none. */
export function syncTable(
  { context }: Pick<Saga, 'context'>,
  options: Pick<Session, 'paint' | 'width'>,
): string[] {
  const rows = Object.entries(context).flatMap(([kind, found]) => {
    const parsed = outcome.safeParse(found)
    return parsed.success ? [{ kind, ...parsed.data }] : []
  })
  if (rows.length === 0) return []
  const columns: Column<Outcome & { kind: string }>[] = [
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'SYNC', cell: ({ status }) => outcomeWords[status] },
    ...(['seen', 'created', 'changed', 'deleted'] as const).map(
      (name): Column<Outcome & { kind: string }> => ({
        title: name.toUpperCase(),
        cell: (row) => String(row[name]),
        align: 'right',
      }),
    ),
    { title: 'NOTE', cell: ({ error }) => error ?? '', least: 20 },
  ]
  return ['', ...table(columns, rows, options)]
}
