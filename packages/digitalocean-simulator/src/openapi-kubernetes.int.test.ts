import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'
import { minute } from '../test/simulated-api.ts'

const all = '/v2/kubernetes/clusters'
const one = `${all}/{cluster_id}`
const pool = `${one}/node_pools/{node_pool_id}`
const made = z.object({
  kubernetes_cluster: z.object({
    id: z.string(),
    node_pools: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ id: z.string() })) })),
  }),
})

test.skipIf(!described)('what is said of clusters is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const answer = await checked.check('POST', all, [], {
    name: 'shop',
    region: 'fra1',
    version: '1.33',
    tags: ['a'],
    control_plane_firewall: { enabled: true, allowed_addresses: ['192.0.2.0/24'] },
    node_pools: [
      { name: 'web', size: 's-2vcpu-4gb', count: 2 },
      { name: 'jobs', size: 'c-4', count: 1, labels: { a: 'b' } },
    ],
  })
  const { id, node_pools: pools } = made.parse(answer.body).kubernetes_cluster
  const [web, jobs] = pools
  const [first, second] = web?.nodes ?? []
  await checked.check('GET', one, [id])
  checked.api.clock.advance(7 * minute)
  await checked.check('GET', all)
  await checked.check('GET', '/v2/kubernetes/options')
  for (const what of ['credentials', 'upgrades', 'user', 'node_pools']) {
    await checked.check('GET', `${one}/${what}`, [id])
  }
  await checked.check('PUT', one, [id], { name: 'shop', auto_upgrade: true })
  await checked.check('POST', `${one}/node_pools`, [id], {
    name: 'more',
    size: 'c-4',
    count: 1,
    taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
  })
  await checked.check('GET', pool, [id, web?.id ?? ''])
  await checked.check('PUT', pool, [id, web?.id ?? ''], { name: 'web', count: 3 })
  await checked.check('POST', `${pool}/recycle`, [id, web?.id ?? ''], { nodes: [first?.id] })
  const ids = [id, web?.id ?? '', second?.id ?? '']
  await checked.check('DELETE', `${pool}/nodes/{node_id}`, ids)
  await checked.check('DELETE', pool, [id, jobs?.id ?? ''])
  await checked.check('POST', `${one}/upgrade`, [id], { version: '1.34.1-do.2' })
  await checked.check('GET', one, [id])
  await checked.check('DELETE', one, [id])
  await checked.check('GET', one, [id])
  expect(checked.found).toEqual([])
})
