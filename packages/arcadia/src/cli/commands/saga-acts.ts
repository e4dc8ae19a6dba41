import type { Command } from 'commander'
import { idOf, shortId } from '../api/ids.ts'
import { sagaBody } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { confirmRollBack } from '../sagas/confirm.ts'
import { parseJson, parseObject } from '../sagas/input.ts'
import { sagaIdWords, sagas } from '../sagas/table.ts'
import { awaitUptake } from '../sagas/uptake.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'

type ActFlags = ApiFlags &
  Readonly<{ reason?: string; step?: string; payload?: string; output?: string; yes?: boolean }>

/** What is said when an act was accepted: that it was, and what comes of it. */
type Said = readonly [accepted: string, follows: (tag: string) => string]

const watchIt = (tag: string) => `"arcadia saga watch ${tag}" follows it.`
const goesBack: Said[1] = (tag) => `It takes back what it did; ${watchIt(tag)}`
const goesOn: Said[1] = (tag) => `It goes on; ${watchIt(tag)}`

const said = {
  cancel: ['cancel asked for', goesBack],
  approve: ['approved', goesOn],
  reject: ['rejected', goesBack],
  signal: ['signal sent', (tag) => `Its step takes it when it waits for it; ${watchIt(tag)}`],
  park: [
    'park asked for',
    (tag) =>
      `It stops when what is under way has ended; "arcadia saga retry ${tag}" lets it go on.`,
  ],
  retry: ['retry asked for', (tag) => `It tries again; ${watchIt(tag)}`],
  skip: ['skip asked for', goesOn],
  resolve: ['taken for done', goesOn],
  abandon: [
    'given up',
    (tag) => `It ends; "arcadia saga show ${tag}" names what it leaves behind.`,
  ],
  rollback: ['roll back asked for', goesBack],
} satisfies Readonly<Record<string, Said>>
type ActName = keyof typeof said

/** `arcadia saga cancel`, `approve`, …: what can be done about a saga that was started. */
export function addSagaActCommands(group: Command, cli: Cli): void {
  addCourseCommands(group, cli)
  addAnswerCommands(group, cli)
  addParkedCommands(group, cli)
}

/** A command about one saga that takes its id. */
function about(group: Command, name: ActName, description: string): Command {
  return group.command(name).argument('<id>', sagaIdWords).description(description)
}

const whyWords = 'why; it stands in its history'

function addCourseCommands(group: Command, cli: Cli): void {
  withSession(
    cli,
    about(group, 'cancel', 'stop a saga and take back what it did'),
    (session, _, id) => act(session, 'cancel', id),
  )
  withSession<ActFlags>(
    cli,
    about(group, 'park', 'stop a saga where it is').requiredOption('--reason <reason>', whyWords),
    (session, { reason }, id) => act(session, 'park', id, { reason }),
  )
  withSession<ActFlags>(
    cli,
    about(group, 'rollback', 'take back a saga that is complete')
      .option('--reason <reason>', whyWords)
      .option('--yes', 'do not ask'),
    rollBack,
  )
}

function addAnswerCommands(group: Command, cli: Cli): void {
  const whichStep = 'which approval, where it waits for several'
  withSession<ActFlags>(
    cli,
    about(group, 'approve', 'let a saga that waits for an approval go on')
      .option('--step <name>', whichStep)
      .option('--payload <json>', 'what the approval asks to be told'),
    (session, { step, payload }, id) => act(session, 'approve', id, { step, ...sent(payload) }),
  )
  withSession<ActFlags>(
    cli,
    about(group, 'reject', 'turn an approval down: the saga goes back')
      .requiredOption('--reason <reason>', whyWords)
      .option('--step <name>', whichStep),
    (session, { reason, step }, id) => act(session, 'reject', id, { reason, step }),
  )
  withSession<ActFlags>(
    cli,
    about(group, 'signal', 'send a saga what one of its steps waits for')
      .argument('<name>', 'of the step')
      .option('--payload <json>', 'what the step asks to be told'),
    (session, { payload }, id, name) => act(session, 'signal', id, { name, ...sent(payload) }),
  )
}

function addParkedCommands(group: Command, cli: Cli): void {
  withSession(cli, about(group, 'retry', 'let a parked saga try again'), (session, _, id) =>
    act(session, 'retry', id),
  )
  withSession<ActFlags>(
    cli,
    about(group, 'skip', 'let a parked saga leave out what it got stuck at').requiredOption(
      '--reason <reason>',
      whyWords,
    ),
    (session, { reason }, id) => act(session, 'skip', id, { reason }),
  )
  withSession<ActFlags>(
    cli,
    about(group, 'resolve', 'say that what a parked saga got stuck at was done by hand')
      .requiredOption('--reason <reason>', 'what was done; it stands in its history')
      .option('--output <json>', 'on its way forward: what the step would have given'),
    (session, { reason, output }, id) =>
      act(session, 'resolve', id, {
        reason,
        ...(output === undefined ? {} : { output: parseObject(output, '--output') }),
      }),
  )
  withSession<ActFlags>(
    cli,
    about(group, 'abandon', 'end a parked saga, and have it say what it leaves').requiredOption(
      '--reason <reason>',
      whyWords,
    ),
    (session, { reason }, id) => act(session, 'abandon', id, { reason }),
  )
}

/** As it is sent; nothing where nothing was given. */
function sent(payload: string | undefined): { readonly payload?: unknown } {
  return payload === undefined ? {} : { payload: parseJson(payload, '--payload') }
}

async function rollBack(session: Session, flags: ActFlags, given = ''): Promise<ExitCode> {
  const id = await idOf(session.api, sagas, given)
  const { value: saga } = await session.api.call({ path: `/sagas/${id}` }, sagaBody)
  // What is refused anyhow needs nobody's word.
  if (flags.yes !== true && saga.acts?.['rollback'] === null) await confirmRollBack(session, saga)
  return act(session, 'rollback', id, { reason: flags.reason })
}

async function act(
  session: Session,
  name: ActName,
  given = '',
  body?: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const id = await idOf(session.api, sagas, given)
  const before = (await session.api.call({ path: `/sagas/${id}` }, sagaBody)).value
  const call = { method: 'POST', path: `/sagas/${id}/${name}`, ...(body && { body }) } as const
  const answer = await session.api.call(call, sagaBody)
  await awaitUptake(session, before, name)
  if (session.json) session.printJson(answer.body)
  else {
    const [accepted, follows] = said[name]
    const tag = shortId(id)
    session.print([
      `${session.paint('bold', answer.value.kind)}  ${tag}  ${accepted}`,
      session.paint('dim', follows(tag)),
    ])
  }
  return exitCodes.ok
}
