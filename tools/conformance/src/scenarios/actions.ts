import { idOf } from '../api.ts'
import { activeDroplet } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

export const actions: Scenario = {
  name: 'actions',
  async walk(api) {
    const { created } = await activeDroplet(api)
    await api.get('/v2/actions')
    await api.get(`/v2/actions/${idOf(created, 'links.actions.0.id')}`)
    await api.get('/v2/actions/1', 404)
  },
}
