import type { Command } from 'commander'
import { accountIdOf } from '../api/accounts.ts'
import { type Catalogue, idOf } from '../api/ids.ts'
import { readList } from '../api/lists.ts'
import { type Drift, driftBody, explanationBody, sagaBody } from '../api/shapes.ts'
import { wasEverSynced } from '../api/syncs.ts'
import { driftDetails } from '../drift/details.ts'
import { driftTable, exitCodeOf, isClosed, nameOf, whatOf } from '../drift/table.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { count } from '../render/text.ts'
import { exitCodeOf as exitCodeOfSaga } from '../sagas/standing.ts'
import { printStarted } from '../sagas/started.ts'
import { awaitSaga, interruptedCode } from '../sagas/watch.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'
import { wholeNumber } from './arguments.ts'
import { type AcceptFlags, acceptDrift } from './drift-accept.ts'

/** What has a status. */
function withStatus(status: string): Catalogue<Drift> {
  return {
    noun: 'difference',
    path: '/drift',
    query: { status },
    shape: driftBody,
    limit: 10_000,
    names: (drift) => [nameOf(drift.resource), `${nameOf(drift.resource)}/${whatOf(drift)}`],
    label: (drift) => `${nameOf(drift.resource)} ${whatOf(drift)}`,
    listing: 'arcadia drift ls',
  }
}

/**
 * What may still be decided about, or is being restored; else what was closed, for `drift ls
 * --status` lists that too. A name has many of those behind it, of which the newest is meant.
 */
const allDrift: Catalogue<Drift> = {
  ...withStatus('open,review,reverting'),
  elsewhere: { ...withStatus('accepted,reverted,stale,ignored'), firstOfName: true },
}

type ListFlags = ApiFlags &
  Readonly<{ status?: string; kind?: string; limit: number; all?: boolean }>
type DetectFlags = ApiFlags & Readonly<{ account?: string; wait: boolean }>
type FoundFlags = ApiFlags & Readonly<{ status?: string }>

const idWords = 'its id, the name of its resource, or name/field where several differ'

/** `arcadia drift …`: where what is live is not what was asked for. */
export function addDriftCommands(program: Command, cli: Cli): void {
  const group = program.command('drift').description('where what is live is not what was asked for')
  withSession<ListFlags>(
    cli,
    group
      .command('ls')
      .description('differences that are open; exits with 2 when there is one')
      .option(
        '--status <status>',
        'those of a status instead, or of several: review, accepted, stale, …',
      )
      .option('--kind <kind>', 'only those of a kind of resource, e.g. droplet')
      .option('--limit <number>', 'how many at most', wholeNumber, 50)
      .option('--all', 'all there are'),
    listDrift,
  )
  withSession<FoundFlags>(
    cli,
    group
      .command('show')
      .argument('<id>', idWords)
      .description('why it is different, and what can be done about it')
      .option('--status <status>', 'look among those of this status alone, such as accepted'),
    showDrift,
  )
  withSession<DetectFlags>(
    cli,
    group
      .command('detect')
      .description('compare now; exits with 2 when a difference is open')
      .option('--account <account>', 'whose, by name or id, where there are several')
      .option('--no-wait', 'start it, and do not wait for it'),
    detectDrift,
  )
  withSession<AcceptFlags>(
    cli,
    group
      .command('accept')
      .argument('<id>', idWords)
      .description('Keep live: what is live becomes what is asked for')
      .option('--expect-actual <json>', 'the live value it is decided on; refused when it moved')
      .option('--spec-version <number>', 'the version of what was asked for, likewise', wholeNumber)
      .option('--confirm-name <name>', 'the name of a missing resource that is to be forgotten'),
    accept,
  )
}

async function listDrift(session: Session, flags: ListFlags): Promise<ExitCode> {
  const query = { status: flags.status, kind: flags.kind }
  const limit = flags.all === true ? undefined : flags.limit
  return showList(session, query, limit)
}

async function showList(
  session: Session,
  query: Readonly<Record<string, string | undefined>>,
  limit: number | undefined,
): Promise<ExitCode> {
  const list = await readList(session.api, { path: '/drift', query, shape: driftBody, limit })
  if (session.json) session.printJson(list.body)
  else if (list.rows.length === 0) {
    if (query['status'] !== undefined) session.note('There is no such difference.')
    else await noteNoneOpen(session, query['account_id'])
  } else {
    session.print(driftTable(list.rows, { ...session, now: session.now() }))
    const more = list.more ? 'There are more: --all shows them. ' : ''
    const keep = list.rows.every(isClosed) ? '' : '; "arcadia drift accept ID" keeps what is live'
    session.note(
      `${count(list.rows.length, 'difference')}. ${more}"arcadia drift show ID" says why${keep}.`,
    )
  }
  return exitCodeOf(list.rows)
}

/** That none is open is no praise where nothing was read, or asked for, that could differ. */
async function noteNoneOpen(session: Session, accountId: string | undefined): Promise<void> {
  session.note('No difference is open.')
  if (await wasEverSynced(session.api, accountId)) return
  session.note(
    'Nothing of the cloud was read yet: "arcadia sync" reads it, and "arcadia baseline" records what is live as asked for.',
  )
}

async function showDrift(session: Session, flags: FoundFlags, given: string): Promise<ExitCode> {
  const id = await idOf(
    session.api,
    flags.status === undefined ? allDrift : withStatus(flags.status),
    given,
  )
  const { value, body } = await session.api.call({ path: `/drift/${id}` }, explanationBody)
  if (session.json) session.printJson(body)
  else session.print(driftDetails(value, { ...session, now: session.now() }))
  return exitCodes.ok
}

async function detectDrift(session: Session, flags: DetectFlags): Promise<ExitCode> {
  const { account } = flags
  const accountId = account === undefined ? undefined : await accountIdOf(session.api, account)
  const body = accountId === undefined ? {} : { account_id: accountId }
  const call = { method: 'POST', path: '/drift/detect', body } as const
  const started = await session.api.call(call, sagaBody)
  if (!flags.wait) return printStarted(session, started)
  const end = await awaitSaga(session, started.value.id)
  if (end.type === 'interrupted') return interruptedCode(end.reason)
  const code = exitCodeOfSaga(end.saga)
  if (code !== exitCodes.ok) {
    if (session.json) session.printJson(end.body)
    return code
  }
  if (!session.json) session.print([''])
  return showList(session, { account_id: accountId }, 200)
}

async function accept(session: Session, flags: AcceptFlags, given: string): Promise<ExitCode> {
  return acceptDrift(session, flags, await idOf(session.api, allDrift, given))
}
