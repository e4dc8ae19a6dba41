import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'

test.skipIf(!described)('what is said of SSH keys is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const keys = '/v2/account/keys'
  const one = `${keys}/{ssh_key_identifier}`
  const made = await checked.check('POST', keys, [], {
    name: 'mine',
    public_key:
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGpTuLvdv4yxWQuJ9Hn3YBRQ5vtBbQ+xDLRcoRYLYKB mine',
  })
  const { id } = z.object({ ssh_key: z.object({ id: z.number() }) }).parse(made.body).ssh_key
  await checked.check('GET', keys)
  await checked.check('GET', one, [id])
  await checked.check('PUT', one, [id], { name: 'ours' })
  await checked.check('DELETE', one, [id])
  await checked.check('GET', one, [id])
  expect(checked.found).toEqual([])
})
