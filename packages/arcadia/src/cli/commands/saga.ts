import { type Command, Option } from 'commander'
import { idOf } from '../api/ids.ts'
import { readList, readWhole } from '../api/lists.ts'
import { type SagaEvent, sagaEventBody } from '../api/saga-events.ts'
import { lockBody, previewBody, type Saga, sagaBody } from '../api/shapes.ts'
import { UsageError } from '../errors.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { confirmStart } from '../sagas/confirm.ts'
import { type Surroundings, sagaDetails } from '../sagas/details.ts'
import { whatWasSaid } from '../sagas/events.ts'
import { frozenLine } from '../sagas/frozen.ts'
import { parseStep, readSagaInput } from '../sagas/input.ts'
import { previewLines } from '../sagas/preview.ts'
import { exitCodeOf, hasEnded } from '../sagas/standing.ts'
import { printStarted } from '../sagas/started.ts'
import { sagaIdWords, sagas, sagaTable } from '../sagas/table.ts'
import { interruptedCode, watchSaga } from '../sagas/watch.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'
import { repeated, wholeNumber } from './arguments.ts'
import { addSagaActCommands } from './saga-acts.ts'
import { addHistoryCommand } from './saga-history.ts'
import { addStrandedCommand } from './saga-stranded.ts'

type StartFlags = ApiFlags &
  Readonly<{
    input?: string
    inputFile?: string
    key?: string
    step?: readonly string[]
    priority?: string
    watch?: boolean
    yes?: boolean
  }>

type ListFlags = ApiFlags &
  Readonly<{ status?: string; kind?: string; limit: number; all?: boolean }>

/** `arcadia saga …`: every change is one. */
export function addSagaCommands(program: Command, cli: Cli): void {
  const group = program
    .command('saga')
    .description('start, look at and direct sagas: every change is one')
  addStart(group, cli)
  addPreview(group, cli)
  withSession<ListFlags>(
    cli,
    group
      .command('ls')
      .description('the latest sagas')
      .option(
        '--status <status>',
        'only those that are running, waiting, parked, completed, …; several with commas',
      )
      .option('--kind <kind>', 'only those of a kind, e.g. snapshot_droplet')
      .option('--limit <number>', 'how many at most', wholeNumber, 20)
      .option('--all', 'all there are'),
    listSagas,
  )
  withSession(
    cli,
    group.command('show').argument('<id>', sagaIdWords).description('one saga with its ledger'),
    showSaga,
  )
  addHistoryCommand(group, cli)
  withSession(
    cli,
    group
      .command('watch')
      .argument('<id>', sagaIdWords)
      .description('follow a saga until it ends; Ctrl-C leaves it running'),
    watch,
  )
  addSagaActCommands(group, cli)
  addStrandedCommand(group, cli)
}

function addStart(group: Command, cli: Cli): void {
  withSession<StartFlags>(
    cli,
    group
      .command('start')
      .usage(
        '[options] KIND [key=value…]\n       arcadia saga start [options] --step NAME [--step NAME…] [key=value…]',
      )
      .argument('[kind]', 'what to do, e.g. snapshot_droplet')
      .argument(
        '[input...]',
        'input as key=value; JSON where it is JSON (42, true, ["a"]), else text',
      )
      .description('start a saga')
      .option('--input <json>', 'input as a JSON object')
      .option('--input-file <file>', 'input from a file with a JSON object; - for standard input')
      .option('--key <key>', 'start it once: the same key again gives the same saga')
      .option(
        '--step <name>',
        'a step of a plan of your own, in order; NAME=\'{"…": …}\' gives it input of its own; may be repeated',
        repeated,
      )
      .addOption(
        new Option('--priority <priority>', 'of what is due the higher is done first').choices([
          'high',
          'normal',
          'low',
        ]),
      )
      .option('--watch', 'follow it until it ends')
      .option('--yes', 'do not ask, where there is no way back (delete_droplet)')
      .addHelpText(
        'after',
        [
          '',
          'Examples:',
          '  arcadia saga start snapshot_droplet droplet_id=412345678 --watch',
          '  arcadia saga start --step echo --step echo --step fail message=hello',
        ].join('\n'),
      ),
    startSaga,
  )
}

function addPreview(group: Command, cli: Cli): void {
  withSession<StartFlags>(
    cli,
    group
      .command('preview')
      .argument('<kind>', 'what would be done, e.g. snapshot_droplet')
      .argument('[input...]', 'input as for start: key=value')
      .description('what a start would run, without starting it')
      .option('--input <json>', 'input as a JSON object')
      .option('--input-file <file>', 'input from a file with a JSON object; - for standard input')
      .addHelpText(
        'after',
        '\nExample:\n  arcadia saga preview delete_droplet droplet_id=412345678 snapshot=true',
      ),
    previewSaga,
  )
}

async function previewSaga(
  session: Session,
  flags: StartFlags,
  kind: string,
  ...pairs: string[]
): Promise<ExitCode> {
  const { readInput } = session.terminal
  const input = await readSagaInput({ ...flags, pairs, readInput })
  const call = { method: 'POST', path: '/sagas/preview', body: { kind, input } } as const
  const { value, body } = await session.api.call(call, previewBody)
  if (session.json) session.printJson(body)
  else {
    session.print(previewLines(value, session))
    session.note('Nothing was started; "arcadia saga start" with the same input starts it.')
  }
  return exitCodes.ok
}

async function startSaga(
  session: Session,
  flags: StartFlags,
  ...operands: string[]
): Promise<ExitCode> {
  const kind = operands[0]?.includes('=') ? undefined : operands[0]
  const pairs = kind === undefined ? operands : operands.slice(1)
  const { readInput } = session.terminal
  const input = await readSagaInput({ ...flags, pairs, readInput })
  const { key, priority } = flags
  const body = {
    ...planOf(kind, flags.step),
    input,
    ...(key === undefined ? {} : { idempotency_key: key }),
    ...(priority === undefined ? {} : { priority }),
  }
  if (flags.yes !== true) await confirmStart(session, kind, input)
  const answer = await session.api.call({ method: 'POST', path: '/sagas', body }, sagaBody)
  if (flags.watch === true) return watchToEnd(session, answer.value.id)
  return printStarted(session, answer)
}

function planOf(kind: string | undefined, steps: readonly string[] | undefined): object {
  if (steps === undefined) {
    if (kind !== undefined) return { kind }
    throw new UsageError('Neither a kind of saga nor a step was given.', [
      'Name the kind, e.g. "arcadia saga start snapshot_droplet droplet_id=42", or give steps with --step.',
    ])
  }
  if (kind !== undefined && kind !== 'ad_hoc') {
    throw new UsageError(`Both a kind ("${kind}") and steps of your own were given.`, [
      'A kind has its own steps: leave out one of the two.',
    ])
  }
  return { steps: steps.map(parseStep) }
}

async function listSagas(session: Session, flags: ListFlags): Promise<ExitCode> {
  const list = await readList(session.api, {
    path: '/sagas',
    query: { status: flags.status, kind: flags.kind },
    shape: sagaBody,
    limit: flags.all === true ? undefined : flags.limit,
  })
  if (session.json) {
    session.printJson(list.body)
    return exitCodes.ok
  }
  const frozen = await frozenLine(session.api)
  if (list.rows.length === 0) {
    const filtered = flags.status !== undefined || flags.kind !== undefined
    session.note(filtered ? 'There is no such saga.' : 'There is no saga yet.')
    if (frozen !== undefined) session.note(frozen)
    return exitCodes.ok
  }
  session.print(sagaTable(list.rows, { ...session, now: session.now() }))
  if (list.more) session.note(`There are older ones: --limit ${flags.limit * 5}, or --all.`)
  if (frozen !== undefined) session.note(frozen)
  return exitCodes.ok
}

async function showSaga(session: Session, _flags: ApiFlags, given: string): Promise<ExitCode> {
  const id = await idOf(session.api, sagas, given)
  const { value: saga, body } = await session.api.call({ path: `/sagas/${id}` }, sagaBody)
  if (session.json) {
    session.printJson(body)
    return exitCodes.ok
  }
  const around = await surroundings(session, saga)
  session.print(sagaDetails(saga, around, { ...session, now: session.now() }))
  const frozen = hasEnded(saga) ? undefined : await frozenLine(session.api)
  if (frozen !== undefined) session.note(frozen)
  return exitCodes.ok
}

/** What is said beside the saga itself; asked for only where there is something to say. */
async function surroundings({ api }: Session, saga: Saga): Promise<Surroundings> {
  const said = whatWasSaid(await historyOf(api, saga))
  const { id, plan, root_id: root, waits_for: awaited } = saga
  const tree = { path: '/sagas', query: { root_id: root }, shape: sagaBody, limit: 1_000 }
  const hasChildren = root !== undefined && plan.some(({ kind }) => kind === 'child')
  const found = hasChildren ? (await readList(api, tree)).rows : []
  return {
    children: found.filter(({ parent_id: parent }) => parent === id).reverse(),
    holders: awaited === 'lock' ? (await readWhole(api, '/locks', lockBody)).rows : [],
    said,
  }
}

async function historyOf(api: Session['api'], saga: Saga): Promise<readonly SagaEvent[]> {
  // A server of another version may not say that it keeps one.
  if (!saga.event_seq) return []
  const path = `/sagas/${saga.id}/events`
  return (await readList(api, { path, shape: sagaEventBody, limit: undefined })).rows
}

async function watch(session: Session, _flags: ApiFlags, given: string): Promise<ExitCode> {
  return watchToEnd(session, await idOf(session.api, sagas, given))
}

async function watchToEnd(session: Session, id: string): Promise<ExitCode> {
  const end = await watchSaga(session, id)
  return end.type === 'settled' ? exitCodeOf(end.saga) : interruptedCode(end.reason)
}
