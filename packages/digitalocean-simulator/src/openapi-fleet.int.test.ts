import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'

const listings = {
  '/v2/account/keys': 'ssh_keys',
  '/v2/certificates': 'certificates',
  '/v2/databases': 'databases',
  '/v2/domains': 'domains',
  '/v2/droplets': 'droplets',
  '/v2/firewalls': 'firewalls',
  '/v2/kubernetes/clusters': 'kubernetes_clusters',
  '/v2/load_balancers': 'load_balancers',
  '/v2/projects': 'projects',
  '/v2/reserved_ips': 'reserved_ips',
  '/v2/snapshots': 'snapshots',
  '/v2/tags': 'tags',
  '/v2/volumes': 'volumes',
  '/v2/vpcs': 'vpcs',
  '/v2/actions': 'actions',
}

const allowed = [
  {
    pattern: /distribution may not be "AlmaLinux"$/,
    why: 'the list of distributions is that of custom images',
  },
]

test.skipIf(!described)('what a fleet consists of is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start(allowed, 120)
  for (const [path, name] of Object.entries(listings)) {
    const { body } = await checked.check('GET', `${path}?per_page=200`)
    const listed = z.looseObject({ [name]: z.array(z.unknown()).min(1) }).safeParse(body)
    expect(listed.success, path).toBe(true)
  }
  await checked.check('GET', '/v2/domains/{domain_name}/records', ['acme.example'])
  await checked.check('GET', '/v2/projects/{project_id}/resources', ['default'])
  expect(checked.found).toEqual([])
})
