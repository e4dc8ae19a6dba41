import type { Command } from 'commander'
import { accountIdOf } from '../api/accounts.ts'
import { type Baseline, baselineBody } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { type Column, table } from '../render/table.ts'
import { count } from '../render/text.ts'
import { value } from '../render/words.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'

type BaselineFlags = ApiFlags &
  Readonly<{
    kind?: string
    tag?: string
    region?: string
    name?: string
    account?: string
    overwrite?: boolean
    dryRun?: boolean
  }>

/** A large estate takes minutes. */
const withinMs = 290_000

/** `arcadia baseline`: what is live becomes what is asked for. */
export function addBaselineCommand(program: Command, cli: Cli): void {
  withSession<BaselineFlags>(
    cli,
    program
      .command('baseline')
      .description('make what is live what is asked for, where nothing was asked for yet')
      .option('--kind <kind>', 'only resources of a kind, e.g. droplet')
      .option('--tag <tag>', 'only those with a tag')
      .option('--region <region>', 'only those in a region, e.g. fra1')
      .option('--name <pattern>', "only those so named; * is any text, ? any character: 'web-*'")
      .option('--account <account>', 'only those of an account, by name or id')
      .option(
        '--overwrite',
        'also where something is asked for already, if it is for ArcadiaCloud to ask',
      )
      .option('--dry-run', 'show what would be recorded, and record nothing'),
    baseline,
  )
}

async function baseline(session: Session, flags: BaselineFlags): Promise<ExitCode> {
  const { kind, tag, region, name, account } = flags
  const accountId = account === undefined ? undefined : await accountIdOf(session.api, account)
  const body = {
    ...{ kind, tag, region, name, account_id: accountId },
    ...{ overwrite: flags.overwrite, dry_run: flags.dryRun },
  }
  const call = { method: 'POST', path: '/baseline', body, withinMs } as const
  const answer = await session.api.call(call, baselineBody)
  if (session.json) session.printJson(answer.body)
  else session.print(baselineLines(answer.value, session))
  return exitCodes.ok
}

/** Why something was passed over, as "… passed over:" goes on. */
const skipWords: Readonly<Record<string, string>> = {
  has_spec: 'something is asked for already (--overwrite asks anew)',
  owned_elsewhere: 'another tool asks for it',
  locked: 'a saga is changing it now',
  nothing_managed: 'nothing about it can be asked for',
}

type Sample = Baseline['sample'][number]

export function baselineLines(
  result: Baseline,
  options: Pick<Session, 'paint' | 'width'>,
): string[] {
  const { dry_run: isDry, matched, recorded, skipped, sample } = result
  const verb = isDry ? 'would be recorded' : 'recorded'
  const columns: Column<Sample>[] = [
    { title: 'NAME', cell: ({ name }) => name ?? '', least: 14 },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'ASKED FOR', cell: ({ spec }) => specText(spec), least: 20 },
  ]
  const others = recorded - sample.length
  return [
    `${options.paint('bold', `${count(recorded, 'resource')} ${verb}`)} of ${matched} that match`,
    ...Object.entries(skipped)
      .filter(([, number]) => number > 0)
      .map(([reason, number]) => `  ${number} passed over: ${skipWords[reason] ?? reason}`),
    ...(sample.length === 0 ? [] : ['', ...table(columns, sample, { ...options, indent: '  ' })]),
    ...(others > 0 ? [options.paint('dim', `  and ${others} more`)] : []),
  ]
}

function specText(spec: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(spec).filter(([name]) => name !== 'name')
  return members.map(([name, content]) => `${name}=${value(content)}`).join(' ')
}
