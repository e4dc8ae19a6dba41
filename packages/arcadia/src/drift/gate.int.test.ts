import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lookBackMs } from './gate.ts'
import { sweep } from './sweep.ts'
import { type DriftWorld, driftWorld } from './testing/drift-world.ts'

let world: DriftWorld
beforeEach(async () => {
  world = await driftWorld()
})
afterEach(() => world.close())

const gets = async () => (await world.cloud.requests('GET', '/v2/droplets/*')).length
const keyOf = (id: number) => `${world.account.id}/droplet/${id}`

describe('the gate', () => {
  it('judges nothing that a saga is changing', async () => {
    const { id, resourceId } = await world.droplet()
    await world.ask(resourceId, { name: 'other' })
    world.held.add(keyOf(id))
    const before = await gets()
    expect(await world.sweep()).toMatchObject({ opened: 0, locked: 1, confirmed: 0 })
    expect(await gets()).toBe(before)
    world.held.clear()
    expect(await world.sweep()).toMatchObject({ opened: 1 })
    world.held.add(keyOf(id))
    await world.change(id, { name: 'other' })
    await world.observe(id)
    expect(await world.sweep()).toMatchObject({ stale: 0 })
    world.held.clear()
    expect(await world.sweep()).toMatchObject({ stale: 1 })
  })

  it('judges nothing until the cloud has settled after a saga', async () => {
    const { id, resourceId } = await world.droplet()
    await world.ask(resourceId, { name: 'other' })
    world.released.set(keyOf(id), Date.now() + 5_000)
    expect(await world.sweep()).toMatchObject({ opened: 0, locked: 1, confirmed: 0 })
    world.released.set(keyOf(id), Date.now())
    const slow = { ...world, speed: 1 }
    expect(await sweep(slow, { accountId: world.account.id })).toMatchObject({ locked: 1 })
    expect(await world.sweep()).toMatchObject({ opened: 1 })
  })

  it('leaves what a saga took hold of while it was read', async () => {
    const { id, resourceId } = await world.droplet()
    await world.ask(resourceId, { name: 'other' })
    const reading = world.clouds.reading
    const clouds = {
      ...world.clouds,
      reading: (account: string) => {
        world.held.add(keyOf(id))
        return reading(account)
      },
    }
    const summary = await sweep({ ...world, clouds }, { accountId: world.account.id })
    expect(summary).toMatchObject({ opened: 0, confirmed: 1, locked: 1 })
  })

  it('reads anew what was last seen before its spec was written, or long ago', async () => {
    const { id, resourceId } = await world.droplet({ name: 'web-1' })
    await world.ask(resourceId, { name: 'other' })
    await world.sweep()
    await world.change(id, { name: 'other' })
    await world.ask(resourceId, { name: 'other' })
    expect(await world.sweep()).toMatchObject({ confirmed: 1, stale: 1 })
    await world.ask(resourceId, { name: 'other', region: 'ams3' })
    await world.sweep()
    await world.control.pool.query(
      'update arcadia.cloud_resources set observed_at = observed_at - $1::interval',
      [`${lookBackMs + 60_000} ms`],
    )
    expect(await world.sweep()).toMatchObject({ confirmed: 1, differing: 1, opened: 0 })
  })
})
