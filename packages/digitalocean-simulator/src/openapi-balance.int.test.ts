import { expect, test } from 'vitest'
import { DescribedApi, described } from '../test/described-api.ts'

test.skipIf(!described)('the balance is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  await checked.api.active()
  await checked.check('GET', '/v2/customers/my/balance')
  expect(checked.found).toEqual([])
})
