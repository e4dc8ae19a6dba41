import type { Scenario } from '../scenario.ts'

/** What there is to choose from. */
export const catalog: Scenario = {
  name: 'catalog',
  async walk(api) {
    await api.get('/v2/regions')
    await api.get('/v2/regions?page=2&per_page=5')
    await api.get('/v2/sizes')
    await api.get('/v2/sizes?page=2&per_page=5')
  },
}
