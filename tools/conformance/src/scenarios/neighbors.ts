import { idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

const names = Array.from({ length: 10 }, (_, index) => `web-${index}`)

/** So many droplets that some share a machine. */
export const neighbors: Scenario = {
  name: 'neighbors',
  async walk(api) {
    for (let round = 0; round < 6; round++) await api.control('POST', '/droplets', { names })
    const report = await api.get('/v2/reports/droplet_neighbors_ids')
    await api.get(`/v2/droplets/${idOf(report, 'neighbor_ids.0.0')}/neighbors`)
  },
}
