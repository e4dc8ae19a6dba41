import { expect, test } from 'vitest'
import { DescribedApi, described } from '../test/described-api.ts'
import { minute } from '../test/simulated-api.ts'

test.skipIf(!described)(
  'what belongs to a droplet is told as DigitalOcean describes it',
  async () => {
    await using checked = await DescribedApi.start()
    const droplet = await checked.api.active()
    await checked.api.done(droplet, { type: 'snapshot', name: 's' })
    const [snapshot] = (await checked.api.droplet(droplet)).snapshot_ids ?? []
    const path = '/v2/droplets/{droplet_id}/destroy_with_associated_resources'
    await checked.check('GET', path, [droplet])
    const chosen = { snapshots: [String(snapshot)] }
    await checked.check('DELETE', `${path}/selective`, [droplet], chosen)
    await checked.check('GET', `${path}/status`, [droplet])
    await checked.check('POST', `${path}/retry`, [droplet])
    checked.api.clock.advance(minute)
    await checked.check('GET', `${path}/status`, [droplet])
    await checked.check('POST', `${path}/retry`, [droplet])
    await checked.check('GET', path, [droplet])
    expect(checked.found).toEqual([])
  },
)
