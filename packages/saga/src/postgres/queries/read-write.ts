import type { Session } from '../sql.ts'

interface WriteRow {
  epoch: number
  revision: string
  last_write: string | null
}

/** What tells whose the last write of a run was, when the answer to a commit was lost. */
export async function readWrite(
  session: Session,
  { runId }: { runId: string },
): Promise<{ epoch: number; revision: number; writeId: string | null } | undefined> {
  const { rows } = await session.query<WriteRow>(
    'select epoch, revision, last_write from saga.saga_runs where id = $1',
    [runId],
  )
  const row = rows[0]
  return row && { epoch: row.epoch, revision: Number(row.revision), writeId: row.last_write }
}
