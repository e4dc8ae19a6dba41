import type { Command } from 'commander'
import { readWhole } from '../api/lists.ts'
import { type Stranded, strandedBody } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { type Column, table } from '../render/table.ts'
import { relative } from '../render/time.ts'
import { type Cli, type Session, withSession } from '../session.ts'

/** `arcadia saga stranded`: what would go on, had it a worker. */
export function addStrandedCommand(group: Command, cli: Cli): void {
  withSession(
    cli,
    group.command('stranded').description('sagas that are due, and that no worker knows'),
    showStranded,
  )
}

async function showStranded(session: Session): Promise<ExitCode> {
  const { rows, body } = await readWhole(session.api, '/sagas/stranded', strandedBody)
  if (session.json) session.printJson(body)
  else if (rows.length === 0) session.note('Every saga that is due has a worker that knows it.')
  else {
    session.print(strandedTable(rows, session))
    session.note('They go on by themselves once a worker runs that knows them: "arcadia worker".')
  }
  return exitCodes.ok
}

function strandedTable(rows: readonly Stranded[], session: Session): string[] {
  const now = session.now()
  const columns: Column<Stranded>[] = [
    { title: 'KIND', cell: ({ kind }) => kind, least: 12 },
    { title: 'VERSION', cell: ({ version }) => String(version), align: 'right' },
    { title: 'COUNT', cell: ({ count }) => String(count), align: 'right' },
    { title: 'DUE SINCE', cell: ({ oldest_due_at: at }) => relative(at, now) },
    { title: 'LACKS', cell: lacks, least: 16 },
  ]
  return table(columns, rows, session)
}

function lacks({ reserved_for: worker, missing_steps: steps }: Stranded): string {
  if (worker !== null) return `the worker ${worker}`
  return steps.length === 0
    ? 'a worker of this version'
    : `a worker with the steps ${steps.join(', ')}`
}
