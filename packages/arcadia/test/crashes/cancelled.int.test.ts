import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../src/http/testing/until.ts'
import {
  ended,
  freePorts,
  type ResourceBody,
  type SagaBody,
  type Served,
  serve,
  temporaryDataDir,
} from '../program.ts'
import { simulatorControl } from '../simulator-control.ts'

let dataDir: string
let served: Served

beforeAll(async () => {
  dataDir = await temporaryDataDir()
  served = await serve({ dataDir, ports: await freePorts() })
})
afterAll(async () => {
  await served?.kill()
  await rm(dataDir, { recursive: true, force: true })
})

it('a cancel in the middle of a long step aborts it, shows, and undoes what is found', async () => {
  const simulator = simulatorControl(served.simulatorUrl)
  const { data } = await served.get<{ data: ResourceBody[] }>('/api/v1/resources?kind=droplet')
  const droplet = data.find(({ status }) => status === 'active')?.external_id ?? ''
  const post = { method: 'POST', path: '/v2/droplets/*/actions', body: { type: 'snapshot' } }
  const hold = await simulator.hold(post, 'after')
  const { body } = await served.post<SagaBody>('/api/v1/sagas', {
    kind: 'snapshot_droplet',
    input: { droplet_id: Number(droplet) },
  })
  await hold.reached()
  const path = `/api/v1/sagas/${body.id}`
  expect((await served.get<SagaBody>(path)).steps[0]?.status).toBe('running')
  const cancelled = await served.post<SagaBody>(`${path}/cancel`)
  expect(cancelled).toMatchObject({ status: 202, body: { cancel_requested: true } })
  // The call is cut off though its answer never came: the step is left, and looked for.
  await until(
    'the cancel shows and the step is left',
    () => served.get<SagaBody>(path),
    ({ cancel_requested, steps }) => cancel_requested && steps[0]?.status !== 'running',
    { timeoutMs: 2_000 },
  )
  await hold.release('drop')
  const saga = await ended(served, body.id)
  expect(saga).toMatchObject({
    status: 'rolled_back',
    error: { reason: 'cancelled', compensate_from_idx: 0 },
  })
  expect(saga.steps.map(({ status }) => status)).toEqual(['compensated'])
  await simulator.noSnapshotNamed(`arcadia-snap-${droplet}-${saga.tag}`)
  expect((await served.post(`${path}/cancel`)).status).toBe(409)
})
