import { expect, test } from 'vitest'
import { z } from 'zod'
import { minute, SimulatedApi, second } from '../../../test/simulated-api.ts'

const withId = z.object({ id: z.string() })

/** A droplet with one of everything that can belong to it. */
async function furnish(api: SimulatedApi) {
  const plan = { name: 'data', region: 'fra1', size_gigabytes: 100 }
  const made = await api.call('POST', '/v2/volumes', plan)
  const volume = z.object({ volume: withId }).parse(made.body).volume.id
  const droplet = await api.active({ volumes: [volume] })
  const taken = await api.call('POST', `/v2/volumes/${volume}/snapshots`, { name: 'of-volume' })
  const volumeSnapshot = z.object({ snapshot: withId }).parse(taken.body).snapshot.id
  const reserved = await api.call('POST', '/v2/reserved_ips', { droplet_id: droplet })
  const reservedIp = z.object({ reserved_ip: z.object({ ip: z.string() }) })
  const { ip } = reservedIp.parse(reserved.body).reserved_ip
  api.clock.advance(minute)
  await api.done(droplet, { type: 'snapshot', name: 'of-droplet' })
  const snapshot = String((await api.droplet(droplet)).snapshot_ids?.[0])
  const isThere = async (path: string) => (await api.status('GET', path)) === 200
  const left = async () => ({
    droplet: await isThere(`/v2/droplets/${droplet}`),
    volume: await isThere(`/v2/volumes/${volume}`),
    snapshot: await isThere(`/v2/snapshots/${snapshot}`),
    volumeSnapshot: await isThere(`/v2/snapshots/${volumeSnapshot}`),
    ip: await isThere(`/v2/reserved_ips/${ip}`),
  })
  const path = `/v2/droplets/${droplet}/destroy_with_associated_resources`
  return { droplet, path, volume, snapshot, volumeSnapshot, ip, left }
}

function destroyAll(api: SimulatedApi, path: string) {
  const headers = { 'x-dangerous': 'true' }
  return api.call('DELETE', `${path}/dangerous`, undefined, 'secret', headers)
}

test('a droplet tells what belongs to it, and what that costs', async () => {
  await using api = await SimulatedApi.start()
  const { path, ip, snapshot, volume, volumeSnapshot } = await furnish(api)
  const address = { id: ip, name: ip, cost: '5.00' }
  const cost = expect.stringMatching(/^\d\.\d\d$/)
  expect(await api.call('GET', path)).toMatchObject({
    status: 200,
    body: {
      reserved_ips: [address],
      floating_ips: [address],
      snapshots: [{ id: snapshot, name: 'of-droplet', cost }],
      volumes: [{ id: volume, name: 'data', cost: '10.00' }],
      volume_snapshots: [{ id: volumeSnapshot, name: 'of-volume', cost }],
    },
  })
  expect(await api.status('GET', '/v2/droplets/1/destroy_with_associated_resources')).toBe(404)
  expect(await api.status('GET', `${path}/status`)).toBe(404)
  expect(await api.status('POST', `${path}/retry`)).toBe(404)
})

test('a droplet is destroyed with what was chosen; the rest stays', async () => {
  await using api = await SimulatedApi.start()
  const { droplet, path, ip, volume, volumeSnapshot, left } = await furnish(api)
  const strange = { volumes: [volumeSnapshot] }
  expect(await api.status('DELETE', `${path}/selective`, strange)).toBe(422)
  const chosen = { volumes: [volume], reserved_ips: [ip] }
  expect(await api.call('DELETE', `${path}/selective`, chosen)).toMatchObject({
    status: 202,
    body: null,
  })
  const before = await api.call('GET', `${path}/status`)
  expect(before).toMatchObject({
    status: 200,
    body: { droplet: { id: String(droplet), name: 'web-01' }, failures: 0 },
  })
  expect(before.body).not.toHaveProperty('completed_at')
  expect(await api.status('POST', `${path}/retry`)).toBe(409)
  api.clock.advance(10 * second)
  expect(await api.call('GET', `${path}/status`)).toMatchObject({
    body: {
      droplet: { destroyed_at: expect.any(String) },
      resources: {
        volumes: [{ id: volume, destroyed_at: expect.any(String) }],
        reserved_ips: [{ id: ip, destroyed_at: expect.any(String) }],
        floating_ips: [{ id: ip }],
        snapshots: [],
        volume_snapshots: [],
      },
      completed_at: expect.any(String),
      failures: 0,
    },
  })
  expect(await left()).toEqual({
    droplet: false,
    volume: false,
    ip: false,
    snapshot: true,
    volumeSnapshot: true,
  })
})

test('a droplet is destroyed with everything, at the word for it alone', async () => {
  await using api = await SimulatedApi.start()
  const { path, left } = await furnish(api)
  expect(await api.status('DELETE', `${path}/dangerous`)).toBe(422)
  expect(await destroyAll(api, path)).toMatchObject({ status: 202 })
  expect(await destroyAll(api, path)).toMatchObject({ status: 422 })
  api.clock.advance(10 * second)
  expect(Object.values(await left())).toEqual([false, false, false, false, false])
})

test('nothing goes with a droplet that stays, and all of it when it is tried again', async () => {
  await using api = await SimulatedApi.start()
  const { path, left } = await furnish(api)
  await api.fault({ kind: 'errored', match: { method: 'DELETE' } })
  await destroyAll(api, path)
  api.clock.advance(10 * second)
  expect(Object.values(await left())).toEqual([true, true, true, true, true])
  expect(await api.call('GET', `${path}/status`)).toMatchObject({
    body: { droplet: { error_message: expect.any(String) }, failures: 5 },
  })
  expect(await api.status('POST', `${path}/retry`)).toBe(202)
  api.clock.advance(10 * second)
  expect(Object.values(await left())).toEqual([false, false, false, false, false])
  expect(await api.call('GET', `${path}/status`)).toMatchObject({ body: { failures: 0 } })
})

test('what is in use by then stays, and goes when it is tried again', async () => {
  await using api = await SimulatedApi.start()
  const { path, ip, volume, left } = await furnish(api)
  const other = await api.active({ name: 'other' })
  const fault = await api.fault({ kind: 'stuck', match: { method: 'DELETE' } })
  const chosen = { volumes: [volume], floating_ips: [ip] }
  expect(await api.status('DELETE', `${path}/selective`, chosen)).toBe(202)
  const assign = { type: 'assign', droplet_id: other }
  expect(await api.status('POST', `/v2/reserved_ips/${ip}/actions`, assign)).toBe(201)
  api.clock.advance(minute)
  const resize = { type: 'resize', size_gigabytes: 200 }
  expect(await api.status('POST', `/v2/volumes/${volume}/actions`, resize)).toBe(202)
  await api.call('POST', `/_simulator/faults/${fault}/release`, {})
  expect(await left()).toMatchObject({ droplet: false, volume: true, ip: true })
  expect(await api.call('GET', `${path}/status`)).toMatchObject({
    body: {
      resources: {
        volumes: [{ error_message: 'The volume is in use.' }],
        reserved_ips: [{ error_message: 'The reserved IP is assigned to another Droplet.' }],
      },
      failures: 2,
    },
  })
  const unassign = { type: 'unassign' }
  expect(await api.status('POST', `/v2/reserved_ips/${ip}/actions`, unassign)).toBe(201)
  api.clock.advance(minute)
  expect(await api.status('POST', `${path}/retry`)).toBe(202)
  expect(await api.call('GET', `${path}/status`)).toMatchObject({ body: { failures: 0 } })
  expect(await left()).toMatchObject({ volume: false, ip: false })
})
