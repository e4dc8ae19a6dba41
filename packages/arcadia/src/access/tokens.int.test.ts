import { afterAll, beforeAll, expect, test } from 'vitest'
import { controlPlaneDatabase, type TestControlPlane } from '../database/testing/control-plane.ts'
import { AdminTokenRevoked, LastAdministrator, TokenNameTaken, TokenNotFound } from './errors.ts'
import { authenticate, createToken, ensureAdminToken, listTokens, revokeToken } from './tokens.ts'
import { tokenView } from './views.ts'

let control: TestControlPlane
beforeAll(async () => {
  control = await controlPlaneDatabase()
})
afterAll(() => control.drop())

const make = (name: string, role: 'platform_admin' | 'viewer' = 'viewer') =>
  createToken(control.db, { name, role, actor: 'test' })

test('a token is known by its text, which is stored nowhere', async () => {
  const { token, text } = await make('known', 'platform_admin')
  expect(text).toMatch(/^arc_[\w-]{43}$/)
  expect(await authenticate(control.db, text)).toEqual({
    tokenId: token.id,
    actor: 'known',
    role: 'platform_admin',
  })
  const { rows } = await control.pool.query<{ dump: string }>(
    `select (select string_agg(t::text, '') from arcadia.api_tokens t)
      || (select string_agg(a::text, '') from arcadia.audit_log a) as dump`,
  )
  expect(rows[0]?.dump).not.toContain(text)
  expect(JSON.stringify(tokenView(token))).not.toContain(text)
})

test.each(['', 'arc_', 'arc_unknown', "' or true --"])('"%s" is nobody', async (text) => {
  expect(await authenticate(control.db, text)).toBeUndefined()
})

test('a revoked token is nobody from then on, and its name is free again', async () => {
  const { token, text } = await make('gone')
  const revoked = await revokeToken(control.db, token.id, 'somebody')
  expect(revoked).toMatchObject({ revokedBy: 'somebody' })
  expect(await authenticate(control.db, text)).toBeUndefined()
  expect(await revokeToken(control.db, token.id, 'another')).toEqual(revoked)
  expect((await make('gone')).text).not.toBe(text)
})

test('what is not there cannot be revoked', async () => {
  const id = '01890000-0000-7000-8000-000000000000'
  await expect(revokeToken(control.db, id, 'test')).rejects.toThrow(TokenNotFound)
})

test('two tokens in use never share a name, not even made at once', async () => {
  const made = await Promise.allSettled(Array.from({ length: 5 }, () => make('twin')))
  const failures = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(failures).toHaveLength(4)
  for (const failure of failures) expect(failure).toBeInstanceOf(TokenNameTaken)
})

test('its use is noted at most once a minute', async () => {
  const { token, text } = await make('used')
  const usedAt = async () => (await listed(token.id))?.lastUsedAt ?? null
  expect(await usedAt()).toBeNull()
  await authenticate(control.db, text)
  const first = await usedAt()
  expect(first).not.toBeNull()
  control.statements()
  await authenticate(control.db, text)
  expect(control.statements()).toBe(1)
  expect(await usedAt()).toEqual(first)
  await control.pool.query(
    `update arcadia.api_tokens set last_used_at = now() - interval '61 seconds' where id = $1`,
    [token.id],
  )
  await authenticate(control.db, text)
  expect((await usedAt())?.getTime()).toBeGreaterThan(first?.getTime() ?? 0)
})

test('a role that only a newer release knows allows no more than the least', async () => {
  const { token, text } = await make('newer', 'platform_admin')
  await control.pool.query(`update arcadia.api_tokens set role = 'overlord' where id = $1`, [
    token.id,
  ])
  expect(await authenticate(control.db, text)).toMatchObject({ role: 'viewer' })
})

test("the settings' token is good, and replaces the one they gave before", async () => {
  const [first, second] = ['first-admin-token', 'second-admin-token']
  await ensureAdminToken(control.db, first)
  await ensureAdminToken(control.db, first)
  expect(await authenticate(control.db, first)).toMatchObject({ role: 'platform_admin' })
  await ensureAdminToken(control.db, second)
  expect(await authenticate(control.db, first)).toBeUndefined()
  expect(await authenticate(control.db, second)).toMatchObject({ actor: 'admin' })
  await ensureAdminToken(control.db, first)
  expect(await authenticate(control.db, first)).toMatchObject({ actor: 'admin' })
  expect(await authenticate(control.db, second)).toBeUndefined()
})

test('programs that start together with two tokens end with one of them', async () => {
  const texts = ['together-one-token', 'together-two-token']
  await Promise.all(texts.map((text) => ensureAdminToken(control.db, text)))
  const callers = await Promise.all(texts.map((text) => authenticate(control.db, text)))
  expect(callers.filter((caller) => caller !== undefined)).toHaveLength(1)
})

test('what somebody has revoked does not come back because the settings still give it', async () => {
  const [first, other] = ['revoked-admin-token', 'next-admin-token']
  await ensureAdminToken(control.db, first)
  await make('second-admin', 'platform_admin')
  const caller = await authenticate(control.db, first)
  await revokeToken(control.db, caller?.tokenId ?? '', 'somebody')
  for (let start = 0; start < 2; start += 1) {
    await expect(ensureAdminToken(control.db, first)).rejects.toThrow(AdminTokenRevoked)
    expect(await authenticate(control.db, first)).toBeUndefined()
  }
  await ensureAdminToken(control.db, other)
  await expect(ensureAdminToken(control.db, first)).rejects.toThrow(/revoked by "somebody"/)
  expect(await authenticate(control.db, other)).toMatchObject({ actor: 'admin' })
})

test('the last administrator stays, even when two revoke each other', async () => {
  await control.pool.query('update arcadia.api_tokens set revoked_at = now()')
  const only = (await make('only-admin', 'platform_admin')).token
  await make('bystander')
  await expect(revokeToken(control.db, only.id, 'test')).rejects.toThrow(LastAdministrator)
  const other = (await make('other-admin', 'platform_admin')).token
  const both = await Promise.allSettled([
    revokeToken(control.db, only.id, 'other-admin'),
    revokeToken(control.db, other.id, 'only-admin'),
  ])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('a list is given a page at a time', async () => {
  const all = await listTokens(control.db, { limit: 200 })
  const first = await listTokens(control.db, { limit: 2 })
  const rest = await listTokens(control.db, { limit: 200, cursor: first.nextCursor ?? undefined })
  expect([...first.data, ...rest.data]).toEqual(all.data)
  expect(all.nextCursor).toBeNull()
})

test('making and revoking stand in the audit log', async () => {
  const { token } = await make('audited')
  await revokeToken(control.db, token.id, 'somebody')
  const { rows } = await control.pool.query(
    'select actor, action from arcadia.audit_log where target = $1 order by id',
    [`token/${token.id}`],
  )
  expect(rows).toEqual([
    { actor: 'test', action: 'token.created' },
    { actor: 'somebody', action: 'token.revoked' },
  ])
})

async function listed(id: string) {
  const { data } = await listTokens(control.db, { limit: 200 })
  return data.find((token) => token.id === id)
}
