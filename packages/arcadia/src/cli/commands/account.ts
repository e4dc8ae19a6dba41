import type { Command } from 'commander'
import { accountIdOf, accountMeant, accounts } from '../api/accounts.ts'
import { readList } from '../api/lists.ts'
import { type Account, accountBody, freezeBody } from '../api/shapes.ts'
import { NotConfirmed } from '../errors.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { details } from '../render/details.ts'
import { printable } from '../render/text.ts'
import { exact } from '../render/time.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'
import { freezeLines } from './freeze.ts'

type EnableFlags = ApiFlags & Readonly<{ yes?: boolean }>

/** `arcadia account …`: the clouds' accounts, and whether they may be changed. */
export function addAccountCommands(program: Command, cli: Cli): void {
  const group = program
    .command('account')
    .description('accounts of clouds, and whether they may be changed')
  withSession(
    cli,
    group
      .command('show')
      .argument('[account]', 'its name or id; all, when left out')
      .description('accounts, and whether they may be changed'),
    showAccounts,
  )
  withSession<EnableFlags>(
    cli,
    group
      .command('enable-writes')
      .argument('[account]', 'its name or id, where there are several')
      .description('allow changes to an account; until then it is read-only')
      .option('--yes', 'do not ask'),
    enableWrites,
  )
  withSession(
    cli,
    group
      .command('disable-writes')
      .argument('[account]', 'its name or id, where there are several')
      .description('make an account read-only, at once'),
    disableWrites,
  )
}

async function showAccounts(session: Session, _flags: ApiFlags, given?: string): Promise<ExitCode> {
  if (given !== undefined) {
    const id = await accountIdOf(session.api, given)
    const answer = await session.api.call({ path: `/accounts/${id}` }, accountBody)
    if (session.json) session.printJson(answer.body)
    else session.print(accountLines(answer.value, session))
    return exitCodes.ok
  }
  const { path, shape, limit } = accounts
  const list = await readList(session.api, { path, shape, limit })
  if (session.json) {
    session.printJson(list.body)
    return exitCodes.ok
  }
  const freeze = await session.api.call({ path: '/freeze' }, freezeBody)
  const blocks = list.rows.flatMap((account) => [...accountLines(account, session), ''])
  if (blocks.length === 0) session.note('There is no account yet.')
  session.print([...blocks, ...freezeLines(freeze.value, session)])
  return exitCodes.ok
}

export function accountLines(
  account: Account,
  options: Pick<Session, 'paint' | 'width' | 'now'>,
): string[] {
  const { paint } = options
  const by = account.writes_changed_by
  const since = exact(account.writes_changed_at, options.now())
  const change = since === '' ? '' : `, since ${since}${by === null ? '' : ` by ${by}`}`
  return [
    paint('bold', printable(account.name)),
    ...details(
      [
        ['id', account.id],
        [
          'cloud',
          `${account.provider}${account.simulated ? ', simulated: nothing in it is real' : ''}`,
        ],
        ['team', account.team_uuid ?? 'not known before the first sync'],
        account.writes_enabled
          ? ['changes', `allowed${change}`, 'yellow']
          : ['changes', `not allowed: read-only${change}`, 'green'],
        ['here since', exact(account.created_at, options.now())],
      ],
      { ...options, indent: '  ' },
    ),
  ]
}

async function enableWrites(
  session: Session,
  flags: EnableFlags,
  given?: string,
): Promise<ExitCode> {
  const account = await accountMeant(session.api, given)
  if (flags.yes !== true && !account.writes_enabled) await confirm(session, account)
  return setWrites(session, account, 'enable-writes')
}

async function confirm({ terminal }: Session, account: Account): Promise<void> {
  const name = printable(account.name)
  const kind = account.simulated ? 'It is simulated: nothing in it is real.' : 'It is a real cloud.'
  const answer = await terminal.ask(
    `Sagas will be able to change the account "${name}".\n${kind}\nAllow changes? [y/N] `,
  )
  if (answer === undefined) {
    throw new NotConfirmed(
      `Changes to the account "${name}" were not allowed: nobody confirmed it.`,
      ['Where nobody can be asked, say so with --yes.'],
    )
  }
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new NotConfirmed(`The account "${name}" stays read-only.`)
  }
}

async function disableWrites(
  session: Session,
  _flags: ApiFlags,
  given?: string,
): Promise<ExitCode> {
  return setWrites(session, await accountMeant(session.api, given), 'disable-writes')
}

async function setWrites(
  session: Session,
  { id }: Account,
  act: 'enable-writes' | 'disable-writes',
): Promise<ExitCode> {
  const call = { method: 'POST', path: `/accounts/${id}/${act}` } as const
  const answer = await session.api.call(call, accountBody)
  if (session.json) session.printJson(answer.body)
  else session.print(accountLines(answer.value, session))
  return exitCodes.ok
}
