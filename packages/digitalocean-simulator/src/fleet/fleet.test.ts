import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findBaseImage } from '../catalog/images.ts'
import { availableRegions } from '../catalog/regions.ts'
import { findSize } from '../catalog/sizes.ts'
import { createRandom } from '../random.ts'
import { Store } from '../store/store.ts'
import { lagFrom, SimulatedTime } from '../time.ts'
import { seedFleet, shareOut } from './fleet.ts'

const now = Date.UTC(2026, 0, 15)

async function fleet(resources: number, randomSeed = 1) {
  const store = await Store.open(undefined, () => undefined)
  const world = {
    time: new SimulatedTime({ now: () => now }, 1),
    lag: lagFrom(0),
    random: createRandom(randomSeed),
    dropletLimit: resources,
  }
  store.change((tx) => seedFleet(tx, world, resources, now))
  return store.tables
}

test('the shares add up to what was asked for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 100_000 }), (resources) => {
      const { droplets, snapshots, tags } = shareOut(resources)
      expect(droplets + snapshots + tags).toBe(resources)
      expect(Math.min(droplets, snapshots, tags)).toBeGreaterThan(0)
    }),
  )
})

test.each([10, 40, 1_000])(
  'a fleet of %i has as many resources, all of them possible',
  async (resources) => {
    const { droplets, snapshots, tags, actions } = await fleet(resources)
    expect(droplets.size + snapshots.size + tags.size).toBe(resources)
    let previous = 0
    for (const droplet of droplets.rows()) {
      expect(droplet.name).toMatch(/^[a-z]+-\d{2,}\.[a-z]{3}\d$/)
      expect(availableRegions).toContain(droplet.region)
      expect(findSize(droplet.size)?.disk).toBe(droplet.disk)
      expect(droplet.image.kind === 'base' && findBaseImage(droplet.image.slug)).toBeTruthy()
      for (const tag of droplet.tags) expect(tags.get(tag)).toBeDefined()
      expect(droplet.id).toBeGreaterThan(previous)
      expect(droplet.createdMs).toBeLessThan(now)
      expect(actions.find('droplet', droplet.id)[0]?.effect.type).toBe('create')
      previous = droplet.id
    }
    for (const snapshot of snapshots.rows()) {
      const droplet = droplets.get(snapshot.dropletId)
      expect(snapshot.createdMs).toBeGreaterThanOrEqual(droplet?.createdMs ?? now)
      expect(snapshot.createdMs).toBeLessThanOrEqual(now)
    }
  },
)

test('names are unique, some droplets are off, and the fleet is in several regions', async () => {
  const { droplets } = await fleet(1_000)
  const all = [...droplets.rows()]
  expect(new Set(all.map((droplet) => droplet.name)).size).toBe(all.length)
  expect(all.filter((droplet) => droplet.status === 'off').length).toBeGreaterThan(20)
  expect(new Set(all.map((droplet) => droplet.region)).size).toBeGreaterThan(4)
})

test('the same seed makes the same fleet, another one another', async () => {
  const names = async (seed: number) => [...(await fleet(100, seed)).droplets.rows()]
  expect(await names(1)).toEqual(await names(1))
  expect(await names(2)).not.toEqual(await names(1))
})
