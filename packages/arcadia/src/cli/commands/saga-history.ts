import type { Command } from 'commander'
import { idOf, shortId } from '../api/ids.ts'
import { readList } from '../api/lists.ts'
import { sagaEventBody } from '../api/saga-events.ts'
import { sagaBody } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { historyTable } from '../sagas/history.ts'
import { sagaIdWords, sagas } from '../sagas/table.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'
import { wholeNumber } from './arguments.ts'

type HistoryFlags = ApiFlags & Readonly<{ limit: number; all?: boolean }>

/** `arcadia saga history`: what happened to a saga, and what was said of it. */
export function addHistoryCommand(group: Command, cli: Cli): void {
  withSession<HistoryFlags>(
    cli,
    group
      .command('history')
      .argument('<id>', sagaIdWords)
      .description('what happened to a saga, oldest first: when, by whom, and why')
      .option('--limit <number>', 'how many at most', wholeNumber, 100)
      .option('--all', 'all there are'),
    showHistory,
  )
}

async function showHistory(
  session: Session,
  flags: HistoryFlags,
  given: string,
): Promise<ExitCode> {
  const id = await idOf(session.api, sagas, given)
  const list = await readList(session.api, {
    path: `/sagas/${id}/events`,
    shape: sagaEventBody,
    limit: flags.all === true ? undefined : flags.limit,
  })
  if (session.json) {
    session.printJson(list.body)
    return exitCodes.ok
  }
  // The history has the steps by their places; their names are in the plan.
  const { value: saga } = await session.api.call({ path: `/sagas/${id}` }, sagaBody)
  session.print([
    `${session.paint('bold', saga.kind)}  ${session.paint('dim', shortId(id))}`,
    '',
    ...historyTable(saga, list.rows, session),
  ])
  if (list.more) session.note(`There are later ones: --limit ${flags.limit * 5}, or --all.`)
  return exitCodes.ok
}
