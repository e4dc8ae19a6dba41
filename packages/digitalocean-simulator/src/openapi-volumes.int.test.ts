import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'
import { bodies, minute } from '../test/simulated-api.ts'

test.skipIf(!described)('what is said of volumes is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const droplet = await checked.api.active()
  const plan = { name: 'data', region: 'fra1', size_gigabytes: 10, tags: ['a'] }
  const made = await checked.check('POST', '/v2/volumes', [], plan)
  const { id } = z.object({ volume: z.object({ id: z.string() }) }).parse(made.body).volume
  const one = '/v2/volumes/{volume_id}'
  await checked.check('GET', '/v2/volumes')
  await checked.check('GET', one, [id])
  const attach = { type: 'attach', droplet_id: droplet }
  const begun = await checked.check('POST', `${one}/actions`, [id], attach)
  const { action } = bodies.action.parse(begun.body)
  checked.api.clock.advance(minute)
  const byName = { type: 'detach', droplet_id: droplet, volume_name: 'data', region: 'fra1' }
  await checked.check('POST', '/v2/volumes/actions', [], byName)
  await checked.check('GET', `${one}/actions`, [id])
  await checked.check('GET', `${one}/actions/{action_id}`, [id, action.id])
  await checked.check('GET', '/v2/actions')
  checked.api.clock.advance(minute)
  await checked.check('POST', `${one}/actions`, [id], { type: 'resize', size_gigabytes: 20 })
  checked.api.clock.advance(minute)
  const taken = await checked.check('POST', `${one}/snapshots`, [id], { name: 's' })
  const { snapshot } = z.object({ snapshot: z.object({ id: z.string() }) }).parse(taken.body)
  await checked.check('GET', `${one}/snapshots`, [id])
  await checked.check('GET', '/v2/snapshots')
  await checked.check('GET', '/v2/snapshots/{snapshot_id}', [snapshot.id])
  await checked.check('GET', '/v2/volumes/snapshots/{snapshot_id}', [snapshot.id])
  const resources = [
    { resource_id: id, resource_type: 'volume' },
    { resource_id: snapshot.id, resource_type: 'volume_snapshot' },
  ]
  await checked.check('POST', '/v2/tags/{tag_id}/resources', ['a'], { resources })
  await checked.check('GET', '/v2/tags/{tag_id}', ['a'])
  await checked.check('GET', '/v2/tags')
  await checked.check('DELETE', '/v2/volumes/snapshots/{snapshot_id}', [snapshot.id])
  await checked.check('DELETE', one, [id])
  await checked.check('GET', one, [id])
  expect(checked.found).toEqual([])
})
