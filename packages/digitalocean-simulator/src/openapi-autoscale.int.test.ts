import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'
import { minute } from '../test/simulated-api.ts'
import { fingerprint, sshKey } from '../test/ssh-key.ts'

test.skipIf(!described)('what is said of pools is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const all = '/v2/droplets/autoscale'
  const one = `${all}/{autoscale_pool_id}`
  const plan = {
    name: 'web',
    config: { target_number_instances: 2 },
    droplet_template: {
      region: 'fra1',
      size: 's-1vcpu-1gb',
      image: 'debian-13-x64',
      ssh_keys: [fingerprint],
    },
  }
  await checked.api.call('POST', '/v2/account/keys', sshKey)
  const made = await checked.check('POST', all, [], plan)
  const { id } = z
    .object({ autoscale_pool: z.object({ id: z.string() }) })
    .parse(made.body).autoscale_pool
  await checked.check('GET', one, [id])
  checked.api.clock.advance(minute)
  await checked.check('GET', all)
  const config = { min_instances: 1, max_instances: 3, target_cpu_utilization: 0.5 }
  await checked.check('PUT', one, [id], { ...plan, config })
  await checked.check('GET', `${one}/members`, [id])
  await checked.check('GET', `${one}/history`, [id])
  await checked.check('DELETE', one, [id])
  await checked.check('GET', one, [id])
  checked.api.clock.advance(minute)
  await checked.check('GET', one, [id])
  expect(checked.found).toEqual([])
})
