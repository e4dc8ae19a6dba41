import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const balance: Scenario = {
  name: 'balance',
  async walk(api) {
    await activeDroplet(api)
    await api.get('/v2/customers/my/balance')
  },
}
