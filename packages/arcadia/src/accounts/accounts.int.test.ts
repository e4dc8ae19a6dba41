import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { controlPlaneDatabase, type TestControlPlane } from '../database/testing/control-plane.ts'
import { type SimulatedCloud, simulatedCloud } from '../inventory/testing/simulated-cloud.ts'
import {
  type Account,
  AccountMismatch,
  AccountNotFound,
  createClouds,
  defaultAccount,
  disableWrites,
  enableWrites,
  ensureAccount,
  freeze,
  freezeState,
  listAccounts,
  markServed,
  NoDefaultAccount,
  refusalOf,
  resume,
  safetyOf,
  WritesRefused,
} from './index.ts'

const nowhere = '00000000-0000-7000-8000-000000000000'
let plane: TestControlPlane
let cloud: SimulatedCloud
let real: Account

beforeAll(async () => {
  plane = await controlPlaneDatabase()
  cloud = await simulatedCloud()
})
afterAll(async () => {
  await cloud.close()
  await plane.drop()
})
beforeEach(async () => {
  await plane.pool.query(
    `truncate arcadia.audit_log, arcadia.cloud_accounts cascade;
     update arcadia.freeze_state set frozen = false, reason = null, changed_at = null, changed_by = null`,
  )
  real = await ensureAccount(plane.db, { provider: 'digitalocean', name: 'prod', simulated: false })
})

async function audited() {
  return plane.db.selectFrom('audit_log').select(['actor', 'action', 'target', 'detail']).execute()
}

describe('accounts', () => {
  test('are made once, a real one read-only and a simulated one not', async () => {
    const again = { provider: 'digitalocean', name: 'prod', simulated: false }
    expect(await ensureAccount(plane.db, again)).toEqual(real)
    const simulated = await ensureAccount(plane.db, { ...again, name: 'sim', simulated: true })
    expect(real.writesEnabled).toBe(false)
    expect(simulated.writesEnabled).toBe(true)
    expect(await listAccounts(plane.db)).toEqual([real, simulated])
  })

  test('a real one does not inherit what was allowed in a simulation', async () => {
    const sim = { provider: 'digitalocean', name: 'sim', simulated: true }
    await ensureAccount(plane.db, sim)
    const asReal = ensureAccount(plane.db, { ...sim, simulated: false })
    await expect(asReal).rejects.toThrow(AccountMismatch)
  })

  test('the only one is meant when none is named', async () => {
    expect(await defaultAccount(plane.db)).toEqual(real)
    const sim = { provider: 'digitalocean', name: 'sim', simulated: true }
    const { id } = await ensureAccount(plane.db, sim)
    await expect(defaultAccount(plane.db)).rejects.toThrow(/several accounts \(prod, sim\)/)
    await markServed(plane.db, id)
    expect((await defaultAccount(plane.db)).name).toBe('sim')
    await markServed(plane.db, real.id)
    expect((await defaultAccount(plane.db)).name).toBe('prod')
    await plane.db.deleteFrom('cloud_accounts').execute()
    await expect(defaultAccount(plane.db)).rejects.toThrow(NoDefaultAccount)
  })

  test('an unknown one is said to be unknown', async () => {
    await expect(safetyOf(plane.db, nowhere)).rejects.toThrow(AccountNotFound)
    await expect(enableWrites(plane.db, nowhere, 'ann')).rejects.toThrow(AccountNotFound)
  })
})

describe('writes', () => {
  test('are refused until enabled, and again once disabled; each change is audited once', async () => {
    expect(await refusalOf(plane.db, real.id)).toMatchObject({ code: 'writes_disabled' })
    const enabled = await enableWrites(plane.db, real.id, 'ann')
    expect(enabled).toMatchObject({ writesEnabled: true, writesChangedBy: 'ann' })
    expect(await enableWrites(plane.db, real.id, 'bob')).toEqual(enabled)
    expect(await refusalOf(plane.db, real.id)).toBeUndefined()
    await disableWrites(plane.db, real.id, 'bob')
    expect(await refusalOf(plane.db, real.id)).toMatchObject({ code: 'writes_disabled' })
    const target = `account/${real.id}`
    const detail = { name: 'prod' }
    expect(await audited()).toEqual([
      { actor: 'ann', action: 'account.writes_enabled', target, detail },
      { actor: 'bob', action: 'account.writes_disabled', target, detail },
    ])
  })

  test('are refused to every account while frozen, with the reason', async () => {
    await enableWrites(plane.db, real.id, 'ann')
    const frozen = await freeze(plane.db, { actor: 'ann', reason: 'incident 7' })
    expect(await freeze(plane.db, { actor: 'bob', reason: 'another' })).toEqual(frozen)
    expect(await refusalOf(plane.db, real.id)).toEqual({
      code: 'frozen',
      message: expect.stringContaining('by ann (incident 7)'),
    })
    await resume(plane.db, { actor: 'bob' })
    await resume(plane.db, { actor: 'bob' })
    expect(await freezeState(plane.db)).toMatchObject({ frozen: false, changedBy: 'bob' })
    expect(await refusalOf(plane.db, real.id)).toBeUndefined()
    expect((await audited()).slice(1)).toMatchObject([
      { actor: 'ann', action: 'freeze', detail: { reason: 'incident 7' } },
      { actor: 'bob', action: 'resume' },
    ])
  })
})

describe('the clouds', () => {
  const clouds = () => createClouds({ db: plane.db, clientFor: () => cloud.client })
  const wanted = { name: 'web', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

  async function create(): Promise<void> {
    const writing = await clouds().writing(real.id)
    await writing.droplets.create(wanted)
  }

  test('no request leaves while writes are refused, and reading goes on', async () => {
    await expect(create()).rejects.toThrow(WritesRefused)
    await enableWrites(plane.db, real.id, 'ann')
    await freeze(plane.db, { actor: 'ann', reason: null })
    await expect(create()).rejects.toMatchObject({
      code: 'frozen',
      effect: 'none',
      retryable: false,
    })
    const reading = await clouds().reading(real.id)
    expect((await reading.account.get()).status).toBe('active')
    expect(await cloud.requests('POST', '/**')).toEqual([])
  })

  test('what is allowed is asked of the database at each write', async () => {
    const shared = clouds()
    await enableWrites(plane.db, real.id, 'ann')
    await shared.writing(real.id)
    await disableWrites(plane.db, real.id, 'ann')
    await expect(shared.writing(real.id)).rejects.toThrow(/not enabled/)
    await enableWrites(plane.db, real.id, 'ann')
    await create()
    expect(await cloud.requests('POST', '/v2/droplets')).toHaveLength(1)
  })
})
