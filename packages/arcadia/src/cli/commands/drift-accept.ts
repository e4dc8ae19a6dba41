import { acceptedBody, type Drift, explanationBody } from '../api/shapes.ts'
import { isClosed, nameOf, whatOf } from '../drift/table.ts'
import { NotConfirmed, UsageError } from '../errors.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { details } from '../render/details.ts'
import { printable } from '../render/text.ts'
import { value } from '../render/words.ts'
import type { ApiFlags, Session } from '../session.ts'

export type AcceptFlags = ApiFlags &
  Readonly<{ expectActual?: string; specVersion?: number; confirmName?: string }>

/**
 * Makes what is live what is asked for. The API is told what it was decided on: what the flags say,
 * else what is read and shown here, so that a row that moves meanwhile is refused.
 */
export async function acceptDrift(
  session: Session,
  flags: AcceptFlags,
  id: string,
): Promise<ExitCode> {
  const expected = flags.expectActual === undefined ? undefined : parse(flags.expectActual)
  const shown = await session.api.call({ path: `/drift/${id}` }, explanationBody)
  const { drift } = shown.value
  // Of what is closed nothing will be forgotten: the API says why, and nobody types a name for it.
  const confirmed =
    drift.type === 'missing' && !isClosed(drift)
      ? await confirmName(session, flags, drift)
      : undefined
  const body = {
    spec_version: flags.specVersion ?? drift.spec_version,
    ...(drift.type === 'missing'
      ? {}
      : { actual: expected === undefined ? drift.actual : expected.value }),
    ...(confirmed === undefined ? {} : { confirm_name: confirmed }),
  }
  const call = { method: 'POST', path: `/drift/${id}/accept`, body } as const
  const answer = await session.api.call(call, acceptedBody)
  if (session.json) session.printJson(answer.body)
  else session.print(acceptedLines(drift, answer.value.accepted_spec_version, session))
  const { also_change: also } = answer.value
  if (also !== null) session.note(printable(also))
  return exitCodes.ok
}

function parse(text: string): { readonly value: unknown } {
  try {
    return { value: JSON.parse(text) }
  } catch (cause) {
    throw new UsageError(
      '--expect-actual is not JSON.',
      ['Text needs its quotes: --expect-actual \'"s-2vcpu-4gb"\'.'],
      { cause },
    )
  }
}

/** To forget what is gone is final: its name is typed, here or on the command line. */
async function confirmName(
  { terminal }: Session,
  flags: AcceptFlags,
  { resource }: Drift,
): Promise<string> {
  if (flags.confirmName !== undefined) return flags.confirmName
  const name = printable(nameOf(resource))
  const answer = await terminal.ask(
    `The ${resource.kind} "${name}" is missing. Nothing will be asked of it any more.\nType its name to forget it: `,
  )
  if (answer !== undefined) return answer.trim()
  throw new NotConfirmed(`The ${resource.kind} "${name}" was not forgotten: nobody confirmed it.`, [
    `Where nobody can be asked, give its name with --confirm-name.`,
  ])
}

export function acceptedLines(
  drift: Drift,
  specVersion: number | null,
  { paint, width }: Pick<Session, 'paint' | 'width'>,
): string[] {
  const name = `${drift.resource.kind} ${printable(nameOf(drift.resource))}`
  if (drift.type === 'missing') {
    return [`${paint('green', 'Forgotten')}  ${name}: nothing is asked of it any more`]
  }
  const version = specVersion === null ? '' : ` (version ${specVersion})`
  return [
    `${paint('green', 'Kept live')}  ${name}`,
    ...details(
      [
        [
          whatOf(drift),
          `asked for is ${value(drift.actual)} now${version}; it was ${value(drift.expected)}`,
        ],
      ],
      { paint, width, indent: '  ' },
    ),
  ]
}
