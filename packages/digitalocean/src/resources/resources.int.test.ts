import { describe, expect, test } from 'vitest'
import { account, action, droplet, page, snapshot } from '../../test/answers.ts'
import { all, clientOf, tokens } from '../../test/client.ts'
import { json, noContent, scriptedServer } from '../../test/scripted-server.ts'
import type { DigitalOcean } from '../index.ts'

const region = { slug: 'ams3', name: 'Amsterdam 3', available: true, features: [], sizes: [] }
const size = {
  slug: 's-1vcpu-1gb',
  memory: 1024,
  vcpus: 1,
  disk: 25,
  transfer: 1,
  price_monthly: 6,
  price_hourly: 0.00893,
  regions: ['ams3'],
  available: true,
  description: 'Basic',
}
const image = {
  id: 1,
  slug: null,
  name: 'mine',
  regions: ['ams3'],
  type: 'snapshot',
  public: false,
}
const tag = { name: 'web', resources: { count: 1, droplets: { count: 1 } } }

type Case = readonly [
  operation: string,
  call: (client: DigitalOcean) => Promise<unknown>,
  request: string,
  answer: unknown,
  value: unknown,
]

const reads: Case[] = [
  ['account.get', (c) => c.account.get(), '/v2/account', { account }, account],
  [
    'regions.list',
    (c) => all(c.regions.list()),
    '/v2/regions?page=1&per_page=200',
    page('regions', [region]),
    [region],
  ],
  [
    'sizes.list',
    (c) => all(c.sizes.list()),
    '/v2/sizes?page=1&per_page=200',
    page('sizes', [size]),
    [size],
  ],
  [
    'images.list',
    (c) => all(c.images.list({ private: true })),
    '/v2/images?private=true&page=1&per_page=200',
    page('images', [image]),
    [image],
  ],
  [
    'images.list by type',
    (c) => all(c.images.list({ type: 'distribution', tagName: 't' })),
    '/v2/images?type=distribution&tag_name=t&page=1&per_page=200',
    page('images', []),
    [],
  ],
  ['images.get by id', (c) => c.images.get(1), '/v2/images/1', { image }, image],
  [
    'images.get by slug',
    (c) => c.images.get('debian-13-x64'),
    '/v2/images/debian-13-x64',
    { image },
    image,
  ],
  ['droplets.get', (c) => c.droplets.get(7), '/v2/droplets/7', { droplet: droplet() }, droplet()],
  [
    'droplets.actions',
    (c) => all(c.droplets.actions(7).list()),
    '/v2/droplets/7/actions?page=1&per_page=200',
    page('actions', [action()]),
    [action()],
  ],
  [
    'dropletActions.get',
    (c) => c.dropletActions.get(7, 42),
    '/v2/droplets/7/actions/42',
    { action: action() },
    action(),
  ],
  [
    'actions.list',
    (c) => all(c.actions.list()),
    '/v2/actions?page=1&per_page=200',
    page('actions', [action()]),
    [action()],
  ],
  ['actions.get', (c) => c.actions.get(42), '/v2/actions/42', { action: action() }, action()],
  [
    'snapshots.list',
    (c) => all(c.snapshots.list({ resourceType: 'volume' })),
    '/v2/snapshots?resource_type=volume&page=1&per_page=200',
    page('snapshots', [snapshot()]),
    [snapshot()],
  ],
  [
    'snapshots.get',
    (c) => c.snapshots.get('11'),
    '/v2/snapshots/11',
    { snapshot: snapshot() },
    snapshot(),
  ],
  [
    'tags.list',
    (c) => all(c.tags.list()),
    '/v2/tags?page=1&per_page=200',
    page('tags', [tag]),
    [tag],
  ],
  ['tags.get', (c) => c.tags.get('env:prod'), '/v2/tags/env%3Aprod', { tag }, tag],
]

describe('reads', () => {
  test.each(reads)('%s asks with the read token', async (_, call, url, answer, value) => {
    const server = await scriptedServer(json(200, answer))
    expect(await call(clientOf(server))).toEqual(value)
    expect(server.seen).toMatchObject([
      { method: 'GET', url, authorization: `Bearer ${tokens.read}`, body: undefined },
    ])
  })
})

type Act = readonly [
  operation: string,
  call: (client: DigitalOcean) => Promise<unknown>,
  body: Record<string, unknown>,
]

const acts: Act[] = [
  ['snapshot', (c) => c.dropletActions.snapshot(7, { name: 'n' }), { type: 'snapshot', name: 'n' }],
  [
    'resize',
    (c) => c.dropletActions.resize(7, { size: 's' }),
    { type: 'resize', size: 's', disk: false },
  ],
  [
    'resize with disk',
    (c) => c.dropletActions.resize(7, { size: 's', disk: true }),
    { type: 'resize', size: 's', disk: true },
  ],
  ['rename', (c) => c.dropletActions.rename(7, { name: 'n' }), { type: 'rename', name: 'n' }],
  ['powerOn', (c) => c.dropletActions.powerOn(7), { type: 'power_on' }],
  ['powerOff', (c) => c.dropletActions.powerOff(7), { type: 'power_off' }],
  ['shutdown', (c) => c.dropletActions.shutdown(7), { type: 'shutdown' }],
  ['reboot', (c) => c.dropletActions.reboot(7), { type: 'reboot' }],
  ['powerCycle', (c) => c.dropletActions.powerCycle(7), { type: 'power_cycle' }],
  [
    'rebuild by slug',
    (c) => c.dropletActions.rebuild(7, { image: 'debian-13-x64' }),
    { type: 'rebuild', image: 'debian-13-x64' },
  ],
  [
    'restore by id',
    (c) => c.dropletActions.restore(7, { image: 11 }),
    { type: 'restore', image: 11 },
  ],
  [
    "restore by a snapshot's id",
    (c) => c.dropletActions.restore(7, { image: '11' }),
    { type: 'restore', image: 11 },
  ],
  ['enableIpv6', (c) => c.dropletActions.enableIpv6(7), { type: 'enable_ipv6' }],
  ['enableBackups', (c) => c.dropletActions.enableBackups(7), { type: 'enable_backups' }],
  [
    'enableBackups with a policy',
    (c) => c.dropletActions.enableBackups(7, { backup_policy: { plan: 'daily', hour: 4 } }),
    { type: 'enable_backups', backup_policy: { plan: 'daily', hour: 4 } },
  ],
  ['disableBackups', (c) => c.dropletActions.disableBackups(7), { type: 'disable_backups' }],
  [
    'changeBackupPolicy',
    (c) => c.dropletActions.changeBackupPolicy(7, { backup_policy: { plan: 'daily', hour: 4 } }),
    { type: 'change_backup_policy', backup_policy: { plan: 'daily', hour: 4 } },
  ],
  ['passwordReset', (c) => c.dropletActions.passwordReset(7), { type: 'password_reset' }],
]

describe('actions on a droplet', () => {
  test.each(acts)('%s is posted with the provisioning token', async (_, call, body) => {
    const server = await scriptedServer(json(201, { action: action() }))
    expect(await call(clientOf(server))).toEqual(action())
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        url: '/v2/droplets/7/actions',
        authorization: `Bearer ${tokens.provisioning}`,
        headers: { 'content-type': 'application/json' },
      },
    ])
    expect(server.seen[0]?.body).toEqual(body)
  })

  test('has a status this client knows, for others decide by it', async () => {
    const server = await scriptedServer(json(200, { action: action({ status: 'paused' }) }))
    await expect(clientOf(server).actions.get(42)).rejects.toThrow('action.status')
  })
})

describe('creating a droplet', () => {
  const input = { name: 'web-1', region: 'ams3', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

  test('posts what was asked for, and nothing that was not', async () => {
    const server = await scriptedServer(json(202, { droplet: droplet(), links: {} }))
    await clientOf(server).droplets.create({
      ...input,
      tags: ['web'],
      ssh_keys: [1, 'aa:bb'],
      user_data: undefined,
      vpc_uuid: 'u',
    })
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/v2/droplets' })
    expect(server.seen[0]?.body).toEqual({
      ...input,
      tags: ['web'],
      ssh_keys: [1, 'aa:bb'],
      vpc_uuid: 'u',
    })
    expect(server.seen[0]?.authorization).toBe(`Bearer ${tokens.provisioning}`)
  })

  test.each([
    [
      'its own',
      {
        actions: [
          { id: 1, rel: 'other' },
          { id: 42, rel: 'create' },
        ],
      },
      42,
    ],
    ['none', { actions: [] }, undefined],
    ['nothing intelligible', { actions: 'many' }, undefined],
  ])('gives the droplet, and the action where the answer names %s', async (_, links, actionId) => {
    const made = droplet({ status: 'new', networks: {}, image: null, tags: undefined })
    const server = await scriptedServer(json(202, { droplet: made, links }))
    const { droplet: created, ...rest } = await clientOf(server).droplets.create(input)
    expect(created).toEqual(JSON.parse(JSON.stringify(made)))
    expect(rest).toEqual(actionId === undefined ? {} : { actionId })
  })

  test('takes the id of a snapshot, a text, for an image', async () => {
    const server = await scriptedServer(json(202, { droplet: droplet(), links: {} }))
    await clientOf(server).droplets.create({ ...input, image: '123' })
    expect(server.seen[0]?.body).toMatchObject({ image: 123 })
  })
})

describe('snapshots', () => {
  test('have one and the same id, a text, wherever they are listed', async () => {
    const { resource_id: _, resource_type: __, ...own } = snapshot({ id: 11, type: 'snapshot' })
    const server = await scriptedServer(
      json(200, page('snapshots', [own])),
      json(200, page('snapshots', [snapshot()])),
    )
    const client = clientOf(server)
    const [ofDroplet] = await all(client.droplets.snapshots(7).list())
    const [ofAccount] = await all(client.snapshots.list())
    expect(server.seen[0]?.url).toBe('/v2/droplets/7/snapshots?page=1&per_page=200')
    expect(ofDroplet).toEqual({ ...own, id: '11' })
    expect(ofDroplet?.id).toBe(ofAccount?.id)
  })
})

describe('writes without an answer', () => {
  const resources = [{ resource_id: 7, resource_type: 'droplet' as const }]
  const sent = { resources: [{ resource_id: '7', resource_type: 'droplet' }] }

  test.each<[string, (client: DigitalOcean) => Promise<void>, string, string, unknown]>([
    ['droplets.delete', (c) => c.droplets.delete(7), 'DELETE', '/v2/droplets/7', undefined],
    ['snapshots.delete', (c) => c.snapshots.delete('11'), 'DELETE', '/v2/snapshots/11', undefined],
    ['tags.delete', (c) => c.tags.delete('web'), 'DELETE', '/v2/tags/web', undefined],
    [
      'tags.tagResources',
      (c) => c.tags.tagResources('web', resources),
      'POST',
      '/v2/tags/web/resources',
      sent,
    ],
    [
      'tags.untagResources',
      (c) => c.tags.untagResources('web', resources),
      'DELETE',
      '/v2/tags/web/resources',
      sent,
    ],
  ])('%s uses the provisioning token', async (_, call, method, url, body) => {
    const server = await scriptedServer(noContent)
    await expect(call(clientOf(server))).resolves.toBeUndefined()
    const authorization = `Bearer ${tokens.provisioning}`
    expect(server.seen).toMatchObject([{ method, url, authorization, body }])
  })

  test('tags.create gives the tag', async () => {
    const server = await scriptedServer(json(201, { tag }))
    expect(await clientOf(server).tags.create({ name: 'web' })).toEqual(tag)
    expect(server.seen).toMatchObject([{ method: 'POST', url: '/v2/tags', body: { name: 'web' } }])
  })
})

describe('a droplet that a token sees only in part', () => {
  test('lacks the fields, rather than having them empty', async () => {
    const { tags: _, vpc_uuid: __, ...seen } = droplet()
    const server = await scriptedServer(json(200, { droplet: seen }))
    const got = await clientOf(server).droplets.get(7)
    expect(got).toEqual(seen)
    expect('tags' in got || 'vpc_uuid' in got).toBe(false)
  })
})
