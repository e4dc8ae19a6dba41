import type { Command } from 'commander'
import { z } from 'zod'
import { readWhole } from '../api/lists.ts'
import { type Schedule, sagaBody, scheduleBody } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { type Cell, type Column, table } from '../render/table.ts'
import { exact, relative } from '../render/time.ts'
import { printStarted } from '../sagas/started.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'
import { wholeNumber } from './arguments.ts'

type NextFlags = ApiFlags & Readonly<{ count: number }>
type RunFlags = ApiFlags & Readonly<{ key?: string }>

/** `arcadia schedule …`: what the clock starts. */
export function addScheduleCommands(program: Command, cli: Cli): void {
  const group = program.command('schedule').description('what is started by the clock')
  const about = (name: string, description: string) =>
    group.command(name).argument('<name>', 'of the schedule').description(description)
  withSession(
    cli,
    group.command('ls').description('all schedules, and when they start what'),
    listSchedules,
  )
  withSession<NextFlags>(
    cli,
    about('next', 'the next times of a schedule').option(
      '--count <number>',
      'how many, at most 100',
      wholeNumber,
      5,
    ),
    showNext,
  )
  withSession(
    cli,
    about('pause', 'start nothing by a schedule until it is resumed'),
    (session, _, name) => change(session, 'pause', name),
  )
  withSession(
    cli,
    about('resume', 'go on with a schedule, from its next time on'),
    (session, _, name) => change(session, 'resume', name),
  )
  withSession<RunFlags>(
    cli,
    about('run', 'start now what a schedule starts').option(
      '--key <key>',
      'start it once: the same key again gives the same saga',
    ),
    runNow,
  )
}

async function listSchedules(session: Session): Promise<ExitCode> {
  const { rows, body } = await readWhole(session.api, '/schedules', scheduleBody)
  if (session.json) session.printJson(body)
  else if (rows.length === 0) session.note('There is no schedule.')
  else session.print(scheduleTable(rows, session))
  return exitCodes.ok
}

function scheduleTable(rows: readonly Schedule[], session: Session): string[] {
  const now = session.now()
  const columns: Column<Schedule>[] = [
    { title: 'NAME', cell: ({ name }) => name, least: 12 },
    { title: 'STARTS', cell: ({ kind }) => kind, least: 12 },
    { title: 'AT', cell: ({ cron, time_zone: zone }) => `${cron} ${zone}` },
    { title: 'LAST', cell: ({ last_at: at }) => relative(at, now) },
    { title: 'NEXT', cell: (schedule) => nextCell(schedule, now) },
  ]
  return table(columns, rows, session)
}

function nextCell(
  { next_at: next, paused_at: paused, paused_by: by }: Schedule,
  now: number,
): Cell {
  if (!paused) return relative(next, now)
  return {
    text: `paused ${relative(paused, now)}${by === null ? '' : ` by ${by}`}`,
    style: 'yellow',
  }
}

async function showNext(session: Session, { count }: NextFlags, name: string): Promise<ExitCode> {
  const path = `/schedules/${encodeURIComponent(name)}/next`
  const page = z.looseObject({ data: z.array(z.string()) })
  const { value, body } = await session.api.call({ path, query: { count } }, page)
  if (session.json) session.printJson(body)
  else if (value.data.length === 0) {
    session.note(`It is paused; "arcadia schedule resume ${name}" goes on with it.`)
  } else session.print(value.data.map((at) => exact(at, session.now())))
  return exitCodes.ok
}

async function change(session: Session, act: 'pause' | 'resume', name = ''): Promise<ExitCode> {
  const path = `/schedules/${encodeURIComponent(name)}/${act}`
  const { value, body } = await session.api.call({ method: 'POST', path }, scheduleBody)
  if (session.json) session.printJson(body)
  else session.print(scheduleTable([value], session))
  return exitCodes.ok
}

async function runNow(session: Session, { key }: RunFlags, name: string): Promise<ExitCode> {
  const path = `/schedules/${encodeURIComponent(name)}/run`
  const body = key === undefined ? {} : { idempotency_key: key }
  return printStarted(session, await session.api.call({ method: 'POST', path, body }, sagaBody))
}
