import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/http/testing/until.ts'
import { beginJourney, type Journey, type Resource } from './journey.ts'

let journey: Journey
let droplets: readonly Resource[]
beforeAll(async () => {
  journey = await beginJourney()
  droplets = await journey.droplets()
})
afterAll(() => journey.close())

/** A droplet of the fleet that no other test uses. */
function droplet(index: number): number {
  return Number(droplets[index]?.external_id)
}

const names = async () => (await journey.snapshots()).map(({ name }) => name).sort()

test('snapshot_droplet makes a snapshot under a name that can be told beforehand', async () => {
  const id = droplet(2)
  const saga = await journey.run({ kind: 'snapshot_droplet', input: { droplet_id: id } })
  const name = `arcadia-snap-${id}-${saga.tag}`
  expect(saga).toMatchObject({ status: 'completed', context: { snapshot_name: name } })
  expect(saga.tag).toBe(saga.id.slice(-8))
  await until('the snapshot is listed', names, (all) => all.includes(name))
  await journey.sync()
  const found = (await journey.resources('snapshot')).find((snapshot) => snapshot.name === name)
  expect(found).toMatchObject({ external_id: saga.context['snapshot_id'] })
  // What we made ourselves is what was asked for.
  expect(await journey.drift(`?resource_id=${found?.id}`)).toEqual([])
})

test('[create_droplet_snapshot, fail] leaves no snapshot more than there were', async () => {
  const before = await names()
  const saga = await journey.run({
    steps: [{ name: 'create_droplet_snapshot' }, { name: 'fail' }],
    input: { droplet_id: droplet(3) },
  })
  expect(saga).toMatchObject({ status: 'rolled_back', error: { reason: 'step_failed:fail' } })
  expect(saga.steps?.map(({ status }) => status)).toEqual(['compensated', 'failed'])
  const made = `arcadia-snap-${droplet(3)}-${saga.tag}`
  const after = await until('the snapshot is gone', names, (all) => !all.includes(made))
  expect(after).toEqual(before)
  // It was really made, and really deleted.
  const writes = await journey.cloudWrites()
  expect(writes).toContain(`POST /v2/droplets/${droplet(3)}/actions`)
  expect(writes.some((write) => write.startsWith('DELETE /v2/snapshots/'))).toBe(true)
})

test('a start that is repeated under its key makes one snapshot', async () => {
  const body = {
    kind: 'snapshot_droplet',
    input: { droplet_id: droplet(4) },
    idempotency_key: 'nightly',
  }
  const saga = await journey.run(body)
  const again = await journey.admin.call('POST', '/api/v1/sagas', body)
  expect(again).toMatchObject({ status: 200, body: { id: saga.id, status: 'completed' } })
  const posts = (await journey.cloudWrites()).filter(
    (write) => write === `POST /v2/droplets/${droplet(4)}/actions`,
  )
  expect(posts).toHaveLength(1)
})
