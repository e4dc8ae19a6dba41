import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'
import { bodies, minute } from '../test/simulated-api.ts'

test.skipIf(!described)('what is said of images is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start([
    {
      pattern: /distribution may not be "AlmaLinux"$/,
      why: 'the list of distributions is that of custom images',
    },
  ])
  const image = '/v2/images/{image_id}'
  const url = 'https://example.com/golden.qcow2'
  const order = { name: 'golden', url, region: 'fra1', distribution: 'Debian', tags: ['a'] }
  const made = await checked.check('POST', '/v2/images', [], order)
  const { id } = z.object({ image: z.object({ id: z.number() }) }).parse(made.body).image
  await checked.check('GET', '/v2/images')
  await checked.check('GET', image, [id])
  checked.api.clock.advance(5 * minute)
  await checked.check('GET', image, [id])
  await checked.check('PUT', image, [id], { name: 'other', description: 'd' })
  const transfer = { type: 'transfer', region: 'ams3' }
  const begun = await checked.check('POST', `${image}/actions`, [id], transfer)
  const { action } = bodies.action.parse(begun.body)
  await checked.check('GET', `${image}/actions`, [id])
  await checked.check('GET', `${image}/actions/{action_id}`, [id, action.id])
  await checked.check('GET', '/v2/actions')
  await checked.check('DELETE', image, [id])
  await checked.check('GET', image, [id])
  const droplet = await checked.api.active({ backups: true })
  checked.api.clock.advance(24 * 60 * minute)
  const [backup = 0] = z
    .object({ backup_ids: z.array(z.number()) })
    .parse(await checked.api.droplet(droplet)).backup_ids
  const converted = await checked.check('POST', `${image}/actions`, [backup], { type: 'convert' })
  expect(converted.status).toBe(201)
  expect(checked.found).toEqual([])
})
