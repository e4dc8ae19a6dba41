import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiWorld, apiWorld } from '../http/testing/api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ resources: 10 })
})
afterAll(() => world.close())

test('what the clock starts is pruned a month after its end; what was asked for is kept', async () => {
  await world.sync()
  await world.run({ steps: [{ name: 'echo' }] })
  const kinds = async () => {
    const { data } = await world.engine.list()
    return data.map(({ kind }) => kind).sort()
  }
  await expect.poll(kinds).toEqual(['ad_hoc', 'detect_drift', 'sync_account'])
  await expect
    .poll(async () => (await world.engine.list()).data.every(({ endedAt }) => endedAt !== null))
    .toBe(true)
  await world.pool.query(`update saga.saga_runs set ended_at = ended_at - interval '29 days'`)
  expect(await world.engine.prune()).toEqual({ pruned: 0 })
  await world.pool.query(`update saga.saga_runs set ended_at = ended_at - interval '2 days'`)
  expect(await world.engine.prune()).toEqual({ pruned: 2 })
  expect(await kinds()).toEqual(['ad_hoc'])
})
