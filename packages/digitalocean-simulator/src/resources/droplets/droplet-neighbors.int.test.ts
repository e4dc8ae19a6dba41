import { expect, test } from 'vitest'
import { z } from 'zod'
import { SimulatedApi } from '../../../test/simulated-api.ts'

const report = z.object({ neighbor_ids: z.array(z.array(z.number())) })
const neighbors = z.object({ droplets: z.array(z.looseObject({ id: z.number() })) })

test('droplets that share a machine are neighbors of each other', async () => {
  await using api = await SimulatedApi.start({ seed: { resources: 120 } })
  const { neighbor_ids } = await api.read(report, '/v2/reports/droplet_neighbors_ids')
  expect(neighbor_ids.length).toBeGreaterThan(0)
  for (const [first = 0, ...others] of neighbor_ids) {
    const { droplets } = await api.read(neighbors, `/v2/droplets/${first}/neighbors`)
    expect(droplets.map((each) => each.id)).toEqual(others)
  }
})

test('a droplet that is alone on its machine has none', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  expect(await api.read(neighbors, `/v2/droplets/${id}/neighbors`)).toEqual({ droplets: [] })
  expect(await api.read(report, '/v2/reports/droplet_neighbors_ids')).toEqual({ neighbor_ids: [] })
  expect(await api.status('GET', '/v2/droplets/1/neighbors')).toBe(404)
})
