import type { Scenario } from '../scenario.ts'

export const account: Scenario = {
  name: 'account',
  async walk(api) {
    await api.get('/v2/account')
  },
}
