import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { OpenApi } from '../test/openapi.ts'
import { bodies, minute, plan, SimulatedApi } from '../test/simulated-api.ts'

/** DigitalOcean's description is not part of this project: the test runs where a copy lies beside it. */
const file = fileURLToPath(new URL('../../../../shared/digitalocean/openapi.json', import.meta.url))

/** Where the description is known to be behind the real API. */
const allowed: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /distribution may not be "AlmaLinux"$/,
    why: 'the list of distributions is that of custom images',
  },
]

test.skipIf(!existsSync(file))('every answer is as DigitalOcean describes it', async () => {
  const openApi = await OpenApi.read(file)
  await using api = await SimulatedApi.start({ seed: { resources: 60 } })
  const found: string[] = []
  const check = async (method: string, described: string, path: string, body?: unknown) => {
    const answer = await api.call(method, path, body)
    const violations = openApi
      .check(method, described, answer.status, answer.body)
      .filter((violation) => !allowed.some(({ pattern }) => pattern.test(violation)))
    found.push(...violations.map((violation) => `${method} ${path}: ${violation}`))
    return answer
  }
  for (const path of [
    'account',
    'regions',
    'sizes',
    'images',
    'droplets',
    'actions',
    'snapshots',
    'tags',
  ]) {
    await check('GET', `/v2/${path}`, `/v2/${path}`)
  }
  await check('GET', '/v2/droplets', '/v2/droplets?page=2&per_page=3')
  const made = await check('POST', '/v2/droplets', '/v2/droplets', {
    ...plan,
    backups: true,
    ipv6: true,
    tags: ['a'],
  })
  const { droplet, links } = bodies.created.parse(made.body)
  const { name: _, ...unnamed } = plan
  await check('POST', '/v2/droplets', '/v2/droplets', { ...unnamed, names: ['a', 'b'] })
  await check('GET', '/v2/actions/{action_id}', `/v2/actions/${links.actions[0]?.id}`)
  api.clock.advance(minute)
  const one = `/v2/droplets/${droplet.id}`
  const described = '/v2/droplets/{droplet_id}'
  await check('GET', described, one)
  await check('POST', `${described}/actions`, `${one}/actions`, { type: 'snapshot', name: 's' })
  api.clock.advance(2 * minute)
  for (const path of ['actions', 'snapshots', 'backups', 'backups/policy']) {
    await check('GET', `${described}/${path}`, `${one}/${path}`)
  }
  const [snapshot] = (await api.droplet(droplet.id)).snapshot_ids ?? []
  await check('GET', '/v2/snapshots/{snapshot_id}', `/v2/snapshots/${snapshot}`)
  await check('GET', '/v2/images/{image_id}', `/v2/images/${snapshot}`)
  await check('PUT', '/v2/images/{image_id}', `/v2/images/${snapshot}`, { name: 't' })
  await check('POST', '/v2/tags', '/v2/tags', { name: 'b' })
  await check('GET', '/v2/tags/{tag_id}', '/v2/tags/a')
  await check('DELETE', '/v2/tags/{tag_id}', '/v2/tags/b')
  await check('DELETE', '/v2/snapshots/{snapshot_id}', `/v2/snapshots/${snapshot}`)
  await check('GET', described, '/v2/droplets/1')
  await check('DELETE', described, one)
  expect(found).toEqual([])
})
