import { afterAll, beforeAll, expect, test } from 'vitest'
import { enableWrites, ensureAccount } from '../accounts/index.ts'
import { pageSchema } from './pages.ts'
import { accountSchema } from './schemas/account.ts'
import { resourceSchema } from './schemas/resource.ts'
import { type ApiWorld, apiWorld } from './testing/api-world.ts'

/** A program that was given a token for reading alone, on an account that is real. */
let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({
    cloud: {
      simulated: false,
      accountName: 'digitalocean',
      canWrite: false,
      writesEnabled: false,
    },
  })
  await world.sync()
})
afterAll(() => world.close())

const refusal = {
  status: 409,
  body: {
    code: 'no_provisioning_token',
    detail: expect.stringContaining('DIGITALOCEAN_PROVISIONING_TOKEN'),
  },
}
const enable = (id: string) => world.admin.call('POST', `/api/v1/accounts/${id}/enable-writes`)

async function snapshot() {
  const page = pageSchema(resourceSchema)
  const { data } = await world.admin.get('/api/v1/resources?kind=droplet', page)
  const input = { account_id: world.account.id, droplet_id: Number(data[0]?.external_id) }
  return world.admin.call('POST', '/api/v1/sagas', { kind: 'snapshot_droplet', input })
}

async function sagas(): Promise<number> {
  return (await world.pool.query('select from saga.saga_runs')).rowCount ?? 0
}

test('writes are not enabled where none could be made', async () => {
  expect(await enable(world.account.id)).toMatchObject(refusal)
  const path = `/api/v1/accounts/${world.account.id}`
  expect(await world.admin.get(path, accountSchema)).toMatchObject({ writes_enabled: false })
})

test('a change is refused for want of a token, before anything is written', async () => {
  const before = await sagas()
  expect(await snapshot()).toMatchObject(refusal)
  await enableWrites(world.db, world.account.id, 'a program with both tokens')
  expect(await snapshot()).toMatchObject(refusal)
  expect(await sagas()).toBe(before)
  expect(await world.cloudWrites()).toBe(0)
})

test("another cloud's account is not for this program to enable", async () => {
  const named = { provider: 'digitalocean', name: 'another', simulated: false }
  const another = await ensureAccount(world.db, named)
  expect(await enable(another.id)).toMatchObject(refusal)
})
