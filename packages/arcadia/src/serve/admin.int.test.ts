import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { authenticate, createToken, revokeToken } from '../access/index.ts'
import { controlPlaneDatabase, type TestControlPlane } from '../database/testing/control-plane.ts'
import { parseSettings } from '../settings/index.ts'
import { registeredAdminToken } from './admin.ts'

let control: TestControlPlane
beforeAll(async () => {
  control = await controlPlaneDatabase()
  await createToken(control.db, { name: 'other', role: 'platform_admin', actor: 'test' })
})
afterAll(() => control.drop())

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'arcadia-admin-'))
  onTestFinished(() => rm(made, { recursive: true }))
  return made
}

async function revoke(text: string): Promise<void> {
  const caller = await authenticate(control.db, text)
  await revokeToken(control.db, caller?.tokenId ?? '', 'somebody')
}

test('a revoked token of the data folder gives way to a new one, which is kept', async () => {
  const settings = parseSettings({ DATA_DIR: await folder() })
  const first = await registeredAdminToken(settings, control.db)
  expect(first.source).toBe('made')
  await revoke(first.token.reveal())
  const renewed = await registeredAdminToken(settings, control.db)
  expect(renewed.source).toBe('renewed')
  expect(await authenticate(control.db, first.token.reveal())).toBeUndefined()
  expect(await authenticate(control.db, renewed.token.reveal())).toMatchObject({ actor: 'admin' })
  const kept = await registeredAdminToken(settings, control.db)
  expect([kept.source, kept.token.reveal()]).toEqual(['file', renewed.token.reveal()])
})

test('a revoked token that the settings give is refused in one line, which does not show it', async () => {
  const text = 'given-and-then-revoked'
  const settings = parseSettings({ DATA_DIR: await folder(), ARCADIA_ADMIN_TOKEN: text })
  await registeredAdminToken(settings, control.db)
  await revoke(text)
  const again = registeredAdminToken(settings, control.db)
  await expect(again).rejects.toMatchObject({
    variable: 'ARCADIA_ADMIN_TOKEN',
    message: expect.stringMatching(/^(?!.*given-and-then).*"somebody" has revoked.*set another.*$/),
  })
  expect(await authenticate(control.db, text)).toBeUndefined()
})
