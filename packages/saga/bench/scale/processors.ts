import { readFile } from 'node:fs/promises'
import type pg from 'pg'

/** Processor time, in ms, of the sessions of this database but the asking one, since they began. */
export async function sessionsCpuMs(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend'
       and pid <> pg_backend_pid()`,
  )
  const each = await Promise.all(rows.map(({ pid }) => cpuMs(pid)))
  return each.reduce((sum, ms) => sum + ms, 0)
}

/** By the kernel's own count, which goes in hundredths of a second. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // What stands before is the name of the program, which may have anything in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
