import { execFile } from 'node:child_process'
import { access, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Connection } from './participants/protocol.ts'
import type { Server } from './server.ts'

const run = promisify(execFile)

/** What the server itself can do: one step is one update of a run and one row of its results. */
export interface Limit {
  readonly name: string
  readonly title: string
  readonly clients: number
  readonly rows: number
  readonly script: string
}

const runId = (number: string) => `md5('run' || ${number})::uuid`

const commit = `\\set run random(1, 30000)
\\set idx random(1, 2000000000)
begin;
insert into step_results values (${runId(':run')}, :idx, 'one', '{}', now());
update runs set current_step = :idx, revision = revision + 1 where id = ${runId(':run')};
commit;`

const statement = `\\set run random(1, 30000)
\\set idx random(1, 2000000000)
with run as (
  update runs set current_step = :idx, revision = revision + 1 where id = ${runId(':run')} returning id
) insert into step_results select id, :idx, 'one', '{}', now() from run;`

/** 25 runs in a row: no two statements of one client meet, and no run is in one twice. */
const together = `\\set first random(0, 1199) * 25
\\set idx random(1, 2000000000)
with patch as (
  select ${runId('number')} as id from generate_series(:first + 1, :first + 25) number
), run as (
  update runs r set current_step = :idx, revision = revision + 1
  from patch p where r.id = p.id returning r.id
) insert into step_results select id, :idx, 'one', '{}', now() from run;`

export const limits: readonly Limit[] = [
  ...[1, 50].map((clients) => ({
    name: `commit-${clients}`,
    title: 'BEGIN, insert, update, COMMIT: one commit a step',
    clients,
    rows: 1,
    script: commit,
  })),
  ...[1, 50].map((clients) => ({
    name: `statement-${clients}`,
    title: 'one statement a step',
    clients,
    rows: 1,
    script: statement,
  })),
  {
    name: 'together-1',
    title: 'one statement for 25 steps',
    clients: 1,
    rows: 25,
    script: together,
  },
]

/** What was reached in one round. */
export interface LimitRound {
  readonly round: number
  /** By the name of the limit. */
  readonly stepsPerSecond: Readonly<Record<string, number>>
}

/** The `pgbench` of this machine: in `POSTGRES_BIN`, or on the path; null: there is none. */
export async function findPgbench(): Promise<string | null> {
  const folders = [process.env['POSTGRES_BIN'], ...(process.env['PATH'] ?? '').split(delimiter)]
  for (const folder of folders) {
    if (folder === undefined || folder === '') continue
    const file = join(folder, 'pgbench')
    const there = await access(file).then(
      () => true,
      () => false,
    )
    if (there) return file
  }
  return null
}

export async function measureLimits(
  program: string,
  server: Server,
  { round, seconds }: { readonly round: number; readonly seconds: number },
): Promise<LimitRound> {
  return server.withDatabase('saga_bench_limits', async (database) => {
    await prepare(database)
    const figures = new Map<string, number>()
    for (const limit of limits) {
      const perSecond = await stepsPerSecond(program, server, database, { limit, seconds })
      figures.set(limit.name, perSecond)
    }
    return { round, stepsPerSecond: Object.fromEntries(figures) }
  })
}

/** The tables of the bare loop, with the same number of runs of before. */
async function prepare(database: Connection): Promise<void> {
  const client = new pg.Client(database)
  await client.connect()
  try {
    await client.query(`
create table runs (
  id uuid primary key, status text not null, current_step int not null, epoch int not null,
  revision bigint not null, input jsonb not null, ended_at timestamptz
) with (fillfactor = 50);
create table step_results (
  saga_id uuid not null, step_idx int not null, name text not null, output jsonb not null,
  finished_at timestamptz not null, primary key (saga_id, step_idx)
);
insert into runs select ${runId('number')}, 'running', 0, 1, 0, '{}', null
from generate_series(1, 30000) number;
insert into step_results select id, -idx, 'before', '{}', now() from runs, generate_series(1, 3) idx`)
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

async function stepsPerSecond(
  program: string,
  { folder }: Server,
  { host, port, user, password, database }: Connection,
  { limit, seconds }: { readonly limit: Limit; readonly seconds: number },
): Promise<number> {
  const script = join(folder, `${limit.name}.sql`)
  await writeFile(script, limit.script)
  const { stdout } = await run(
    program,
    [
      ...['--no-vacuum', '--protocol=prepared', `--file=${script}`],
      ...['--client', String(limit.clients), '--time', String(Math.ceil(seconds))],
      ...['--host', host, '--port', String(port), '--username', user, database],
    ],
    { env: { ...process.env, ...(password === undefined ? {} : { PGPASSWORD: password }) } },
  )
  const perSecond = stdout.match(/^tps = ([\d.]+)/m)?.[1]
  if (perSecond === undefined) throw new Error(`pgbench said nothing of its speed:\n${stdout}`)
  return Number(perSecond) * limit.rows
}
