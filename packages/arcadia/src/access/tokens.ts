import { sql } from 'kysely'
import { type Db, inTransaction } from '../database/index.ts'
import { AdminTokenRevoked, LastAdministrator, TokenNameTaken, TokenNotFound } from './errors.ts'
import { isRole, type Role } from './permissions.ts'
import { hashOf, newTokenText } from './token-text.ts'

/** An API token, without its text: that is shown once, when it is made, and never stored. */
export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly createdBy: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
  readonly revokedBy: string | null
}

/** Who makes a request. */
export interface Caller {
  readonly tokenId: string
  /** The token's name; stands in events, audit and runs as who did it. */
  readonly actor: string
  readonly role: Role
}

/** The name of the token that the settings give the first administrator. */
const adminTokenName = 'admin'
/**
 * Who makes that token and replaces it. No bearer of a token is called so: names of tokens have no
 * colon. What this one revoked was replaced, and may be given again; what a person revoked may not.
 */
const settingsActor = 'arcadia:settings'

const columns = [
  'id',
  'name',
  'role',
  'created_by',
  'created_at',
  'last_used_at',
  'revoked_at',
  'revoked_by',
] as const

interface TokenRow {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly created_by: string
  readonly created_at: Date
  readonly last_used_at: Date | null
  readonly revoked_at: Date | null
  readonly revoked_by: string | null
}

function tokenOf(row: TokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    role: knownRole(row),
    createdBy: row.created_by,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
  }
}

/** A role that only a newer release knows allows here no more than the least. */
function knownRole({ role }: Pick<TokenRow, 'role'>): Role {
  return isRole(role) ? role : 'viewer'
}

/**
 * Makes a token. Its text is in the answer, and nowhere else.
 * @throws {TokenNameTaken}
 */
export function createToken(
  db: Db,
  { name, role, actor }: { readonly name: string; readonly role: Role; readonly actor: string },
): Promise<{ readonly token: ApiToken; readonly text: string }> {
  const text = newTokenText()
  return inTransaction(db, async (tx) => {
    const row = await tx
      .insertInto('api_tokens')
      .values({ name, role, token_hash: hashOf(text), created_by: actor })
      .onConflict((conflict) => conflict.column('name').where('revoked_at', 'is', null).doNothing())
      .returning(columns)
      .executeTakeFirst()
    if (row === undefined) throw new TokenNameTaken(name)
    await audit(tx, { actor, action: 'token.created', id: row.id, detail: { name, role } })
    return { token: tokenOf(row), text }
  })
}

/**
 * Makes a token worthless, from its next request on, and for good. Repeating it changes nothing.
 * @throws {TokenNotFound}
 * @throws {LastAdministrator} for the last token of the role platform_admin
 */
export function revokeToken(db: Db, id: string, actor: string): Promise<ApiToken> {
  return inTransaction(db, async (tx) => {
    await administratorsLocked(tx)
    const row = await tx
      .selectFrom('api_tokens')
      .select(columns)
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) throw new TokenNotFound(id)
    if (row.revoked_at !== null) return tokenOf(row)
    if (row.role === 'platform_admin' && !(await hasOtherAdministrator(tx, id))) {
      throw new LastAdministrator(row.name)
    }
    return revoke(tx, id, actor)
  })
}

/** One at a time: two that revoke each other's token, or programs with two tokens, end with one. */
async function administratorsLocked(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('arcadia:admin-token', 0))`.execute(tx)
}

async function hasOtherAdministrator(tx: Db, id: string): Promise<boolean> {
  const other = await tx
    .selectFrom('api_tokens')
    .select('id')
    .where('role', '=', 'platform_admin')
    .where('revoked_at', 'is', null)
    .where('id', '<>', id)
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}

async function revoke(tx: Db, id: string, actor: string): Promise<ApiToken> {
  const row = await tx
    .updateTable('api_tokens')
    .set({ revoked_at: sql<Date>`now()`, revoked_by: actor })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow()
  await audit(tx, { actor, action: 'token.revoked', id, detail: { name: row.name } })
  return tokenOf(row)
}

export interface TokenPage {
  readonly data: readonly ApiToken[]
  readonly nextCursor: string | null
}

/** Tokens, oldest first, revoked ones too. `limit`: at most 200. */
export async function listTokens(
  db: Db,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<TokenPage> {
  const size = Math.max(1, Math.min(200, Math.trunc(limit)))
  const rows = await db
    .selectFrom('api_tokens')
    .select(columns)
    .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
    .orderBy('id')
    .limit(size + 1)
    .execute()
  const data = rows.slice(0, size).map(tokenOf)
  return { data, nextCursor: rows.length > size ? (data.at(-1)?.id ?? null) : null }
}

/**
 * Who a bearer token stands for; undefined for one that is unknown or revoked. When it was last used
 * is noted at most once a minute, so that reading costs no write.
 */
export async function authenticate(db: Db, text: string): Promise<Caller | undefined> {
  const row = await db
    .selectFrom('api_tokens')
    .select(['id', 'name', 'role'])
    .select(sql<boolean>`coalesce(last_used_at < now() - interval '1 minute', true)`.as('is_stale'))
    .where('token_hash', '=', hashOf(text))
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return undefined
  if (row.is_stale) await noteUse(db, row.id)
  return { tokenId: row.id, actor: row.name, role: knownRole(row) }
}

async function noteUse(db: Db, id: string): Promise<void> {
  await db
    .updateTable('api_tokens')
    .set({ last_used_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where(sql<boolean>`coalesce(last_used_at < now() - interval '1 minute', true)`)
    .execute()
}

/**
 * Makes the token that the settings give the first administrator good, and the one that they gave
 * before worthless. Any number of programs may do so at once.
 * @throws {AdminTokenRevoked} when somebody has revoked it: nothing is changed then
 */
export async function ensureAdminToken(db: Db, text: string): Promise<void> {
  const hash = hashOf(text)
  await inTransaction(db, async (tx) => {
    await administratorsLocked(tx)
    await refuseRevoked(tx, hash)
    const current = await tx
      .selectFrom('api_tokens')
      .select(['id', 'token_hash', 'role'])
      .where('name', '=', adminTokenName)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    if (current?.token_hash === hash && current.role === 'platform_admin') return
    if (current !== undefined) await revoke(tx, current.id, settingsActor)
    await registerAdmin(tx, hash)
  })
}

async function refuseRevoked(tx: Db, hash: string): Promise<void> {
  const row = await tx
    .selectFrom('api_tokens')
    .select('revoked_by')
    .where('token_hash', '=', hash)
    .where('revoked_at', 'is not', null)
    .executeTakeFirst()
  if (row === undefined || row.revoked_by === settingsActor) return
  throw new AdminTokenRevoked(row.revoked_by ?? 'somebody')
}

/** A token that was replaced, and is given again, comes back as the row it was. */
async function registerAdmin(tx: Db, hash: string): Promise<void> {
  const row = await tx
    .insertInto('api_tokens')
    .values({
      name: adminTokenName,
      role: 'platform_admin',
      token_hash: hash,
      created_by: settingsActor,
    })
    .onConflict((conflict) =>
      conflict.column('token_hash').doUpdateSet({
        name: adminTokenName,
        role: 'platform_admin',
        revoked_at: null,
        revoked_by: null,
      }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  const detail = { name: adminTokenName, role: 'platform_admin' }
  await audit(tx, { actor: settingsActor, action: 'token.created', id: row.id, detail })
}

async function audit(
  tx: Db,
  entry: {
    readonly actor: string
    readonly action: string
    readonly id: string
    readonly detail: { readonly [key: string]: string }
  },
): Promise<void> {
  const { actor, action, id, detail } = entry
  await tx
    .insertInto('audit_log')
    .values({ actor, action, target: `token/${id}`, detail: JSON.stringify(detail) })
    .execute()
}
