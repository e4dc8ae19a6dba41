import { expect, onTestFinished, test } from 'vitest'
import { pageSchema } from '../http/pages.ts'
import { resourceSchema } from '../http/schemas/resource.ts'
import { apiWorld } from '../http/testing/api-world.ts'
import { startFirstSync } from './first-sync.ts'

test('an account that was never read is read once, and not again at the next start', async () => {
  const world = await apiWorld()
  onTestFinished(() => world.close())
  const { db, engine, account } = world
  const start = () => startFirstSync({ db, engine, accountId: account.id })
  // Two programs that start at once.
  const [id, same] = await Promise.all([start(), start()])
  expect(id).toBeDefined()
  expect([id, undefined]).toContain(same)
  expect(await world.ended(id ?? '')).toMatchObject({
    kind: 'sync_account',
    status: 'completed',
    idempotency_key: `first-sync/${account.id}`,
  })
  const page = await world.admin.get('/api/v1/resources', pageSchema(resourceSchema))
  expect(page.data.length).toBeGreaterThan(0)
  expect(await start()).toBeUndefined()
})
