import type { Command } from 'commander'
import { type Catalogue, idOf, shortId } from '../api/ids.ts'
import { readList } from '../api/lists.ts'
import { newTokenBody, noBody, type Token, tokenBody } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { type Column, table } from '../render/table.ts'
import { relative } from '../render/time.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'

const tokens: Catalogue<Token> = {
  noun: 'token',
  path: '/tokens',
  shape: tokenBody,
  limit: 10_000,
  // A revoked one's name may have been given to another.
  names: ({ name, revoked_at: revoked }) => [revoked ? undefined : name],
  label: ({ name, role }) => `${name}, ${role}`,
  listing: 'arcadia token ls',
}

type CreateFlags = ApiFlags & Readonly<{ role: string }>

/** `arcadia token …`: who may use the API. */
export function addTokenCommands(program: Command, cli: Cli): void {
  const group = program.command('token').description('tokens: who may use the API, and for what')
  withSession<CreateFlags>(
    cli,
    group
      .command('create')
      .argument('<name>', 'what stands in logs and histories as who did it')
      .description('make a token; it is shown this once')
      .requiredOption(
        '--role <role>',
        'platform_admin: everything; viewer: to look, but not at drift',
      ),
    createToken,
  )
  withSession(
    cli,
    group
      .command('revoke')
      .argument('<token>', 'its name or id')
      .description('make a token worthless, at once'),
    revokeToken,
  )
  withSession(cli, group.command('ls').description('all tokens, without their texts'), listTokens)
}

async function createToken(
  session: Session,
  { role }: CreateFlags,
  name: string,
): Promise<ExitCode> {
  const call = { method: 'POST', path: '/tokens', body: { name, role } } as const
  const answer = await session.api.call(call, newTokenBody)
  if (session.json) session.printJson(answer.body)
  else {
    // The token alone is the result: `TOKEN=$(arcadia token create …)`.
    session.note(`Made "${answer.value.name}" (${answer.value.role}). It is shown this once:`)
    session.print([answer.value.token])
  }
  return exitCodes.ok
}

async function revokeToken(session: Session, _flags: ApiFlags, given: string): Promise<ExitCode> {
  const id = await idOf(session.api, tokens, given)
  await session.api.call({ method: 'DELETE', path: `/tokens/${id}` }, noBody)
  session.note(`The token "${given}" is worthless from now on.`)
  return exitCodes.ok
}

async function listTokens(session: Session): Promise<ExitCode> {
  const { path, shape, limit } = tokens
  const list = await readList(session.api, { path, shape, limit })
  if (session.json) session.printJson(list.body)
  else session.print(tokenTable(list.rows, session))
  return exitCodes.ok
}

export function tokenTable(
  rows: readonly Token[],
  options: Pick<Session, 'paint' | 'width' | 'now'>,
): string[] {
  const now = options.now()
  const columns: Column<Token>[] = [
    { title: 'ID', cell: ({ id }) => shortId(id) },
    { title: 'NAME', cell: ({ name }) => name, least: 12 },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'MADE', cell: (row) => relative(row.created_at, now) },
    { title: 'BY', cell: (row) => row.created_by, least: 8, optional: true },
    { title: 'USED', cell: (row) => relative(row.last_used_at, now) || 'never' },
    {
      title: 'REVOKED',
      cell: (row) => ({ text: relative(row.revoked_at, now), style: 'red' }),
    },
  ]
  return table(columns, rows, options)
}
