import { AdminTokenRevoked, ensureAdminToken } from '../access/index.ts'
import type { Db } from '../database/index.ts'
import {
  type AdminToken,
  adminToken,
  renewAdminToken,
  type Settings,
  SettingsError,
} from '../settings/index.ts'

/**
 * The first administrator's token, which is good from now on. What somebody has revoked stays so: of
 * the one in the data folder there is a new one then.
 * @throws {SettingsError} when the token that the settings give was revoked
 */
export async function registeredAdminToken(
  settings: Pick<Settings, 'adminToken' | 'dataDir'>,
  db: Db,
): Promise<AdminToken> {
  const admin = await adminToken(settings, settings.dataDir)
  try {
    await ensureAdminToken(db, admin.token.reveal())
    return admin
  } catch (error) {
    if (!(error instanceof AdminTokenRevoked)) throw error
    if (admin.source === 'setting') throw revokedSetting(error)
  }
  const renewed = await renewAdminToken(settings.dataDir)
  await ensureAdminToken(db, renewed.token.reveal())
  return renewed
}

function revokedSetting(error: AdminTokenRevoked): SettingsError {
  return new SettingsError(
    'ARCADIA_ADMIN_TOKEN',
    `ARCADIA_ADMIN_TOKEN (value not shown) is a token that "${error.revokedBy}" has revoked, and it stays so; set another, or leave it out to have one made in the data folder.`,
    { cause: error },
  )
}
