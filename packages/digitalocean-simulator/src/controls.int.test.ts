import { expect, test } from 'vitest'
import { minute, plan, SimulatedApi } from '../test/simulated-api.ts'
import { ControlError, Controls, openSimulator, startSimulator } from './index.ts'

async function start() {
  const api = await SimulatedApi.start()
  return { api, controls: new Controls(api.url) }
}

test('a fault is added, reached, looked at, released and removed', async () => {
  const { api, controls } = await start()
  await using _ = api
  const hold = await controls.addFault({
    kind: 'hold',
    when: 'after',
    match: { method: 'POST', path: '/v2/droplets', body: { name: 'web-01' } },
  })
  const held = api.call('POST', '/v2/droplets', plan)
  expect(await hold.reached()).toMatchObject({ id: hold.id, fired: 1, held: 1 })
  expect(await controls.faults()).toMatchObject([{ id: hold.id, matched: 1 }])
  expect(await hold.release()).toBe(1)
  expect((await held).status).toBe(202)
  await hold.remove()
  await expect(hold.state()).rejects.toThrow(ControlError)
  await controls.addFault({ kind: 'lost' })
  await controls.clearFaults()
  expect(await controls.faults()).toEqual([])
})

test('requests are counted', async () => {
  const { api, controls } = await start()
  await using _ = api
  await api.create()
  await api.create()
  await api.names()
  const posts = await controls.requests({ method: 'POST', path: '/v2/droplets' })
  expect(posts).toMatchObject({ count: 2, total: 3 })
  expect(posts.requests[1]).toMatchObject({ route: 'POST /v2/droplets', applied: true })
})

test('droplets are made, changed and deleted, and actions ended, behind our back', async () => {
  const { api, controls } = await start()
  await using _ = api
  const [first = 0, second = 0] = await controls.createDroplets({ names: ['a', 'b'] })
  await controls.changeDroplet(first, { status: 'off', tags: ['rogue'] })
  await controls.deleteDroplet(second)
  expect(await api.names()).toEqual(['a'])
  expect(await api.droplet(first)).toMatchObject({ status: 'off', tags: ['rogue'] })
  const { links } = await api.create()
  await controls.endAction(links.actions[0]?.id ?? 0, 'errored')
  expect(await api.action(links.actions[0]?.id ?? 0)).toMatchObject({ status: 'errored' })
})

test('time, tokens, and back to the start', async () => {
  const { api, controls } = await start()
  await using _ = api
  const { droplet } = await api.create()
  await controls.setSpeed(2)
  await controls.advance(minute / 2)
  expect(await api.droplet(droplet.id)).toMatchObject({ status: 'active' })
  await controls.declareTokens([{ token: 'secret', scopes: 'read' }])
  expect(await api.status('POST', '/v2/droplets', plan)).toBe(403)
  await controls.reset()
  expect(await controls.control('GET', '/state')).toMatchObject({ droplets: 0, speed: 1 })
})

test('a refusal says which field is wrong, and a simulator that is not there is told as such', async () => {
  const { api, controls } = await start()
  await using _ = api
  await expect(controls.addFault({ kind: 'lost', nth: 0 })).rejects.toThrow('nth')
  const nobody = new Controls('http://127.0.0.1:1')
  await expect(nobody.faults()).rejects.toThrow('there is no simulator at http://127.0.0.1:1')
})

test('every simulator has its own', async () => {
  const listening = await startSimulator({ seed: { resources: 0 } })
  expect(await listening.controls.control('GET', '/state')).toMatchObject({ droplets: 0 })
  await listening.close()
  const local = await openSimulator({ seed: { resources: 0 } })
  await local.controls.createDroplets({ name: 'a' })
  expect(await local.controls.control('GET', '/state')).toMatchObject({ droplets: 1 })
  await local.close()
})
