import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'

test.skipIf(!described)('what is said of projects is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const droplet = await checked.api.active()
  const one = '/v2/projects/{project_id}'
  const shop = { name: 'shop', purpose: 'Web Application', environment: 'Production' }
  const made = await checked.check('POST', '/v2/projects', [], shop)
  const { id } = z.object({ project: z.object({ id: z.string() }) }).parse(made.body).project
  await checked.check('GET', '/v2/projects')
  await checked.check('GET', '/v2/projects/default')
  await checked.check('GET', '/v2/projects/default/resources')
  await checked.check('PATCH', one, [id], { description: 'sells' })
  await checked.check('PUT', one, [id], { ...shop, description: '', is_default: false })
  const resources = [`do:droplet:${droplet}`]
  await checked.check('POST', `${one}/resources`, [id], { resources })
  await checked.check('GET', `${one}/resources`, [id])
  await checked.check('DELETE', one, [id])
  await checked.check('POST', '/v2/projects/default/resources', [], { resources })
  await checked.check('DELETE', one, [id])
  await checked.check('GET', one, [id])
  expect(checked.found).toEqual([])
})
