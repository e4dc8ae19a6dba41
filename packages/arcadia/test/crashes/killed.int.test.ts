import { rm } from 'node:fs/promises'
import { describe, it } from 'vitest'
import { until } from '../../src/http/testing/until.ts'
import {
  ended,
  freePorts,
  type ResourceBody,
  type SagaBody,
  serve,
  temporaryDataDir,
} from '../program.ts'
import { simulatorControl } from '../simulator-control.ts'

const postSnapshot = {
  method: 'POST',
  path: '/v2/droplets/*/actions',
  body: { type: 'snapshot' },
}
const lookAtAction = { method: 'GET', path: '/v2/droplets/*/actions/*' }
const deleteSnapshot = { method: 'DELETE', path: '/v2/snapshots/*' }

type Control = ReturnType<typeof simulatorControl>

interface Scene {
  readonly steps: readonly string[]
  /** Begins to wait for the point; what it gives resolves when the program is there. */
  readonly reach: (
    simulator: Control,
    read: () => Promise<SagaBody>,
  ) => Promise<() => Promise<unknown>>
}

const held =
  (match: Parameters<Control['hold']>[0], when: 'before' | 'after'): Scene['reach'] =>
  async (simulator) =>
    (await simulator.hold(match, when)).reached

/** The receipt is in the ledger, and the action far from done: the simulator has slowed down. */
const receiptCommitted: Scene['reach'] = async (simulator, read) => {
  await simulator.call('POST', '/_simulator/clock', { speed: 1 })
  return () =>
    until('the receipt is committed', read, ({ steps }) => steps[0]?.receipt != null, {
      everyMs: 20,
    })
}

/**
 * Serves, starts the saga on a droplet, kills every process of the program at the point (the
 * database is left an orphan), serves again, and gives what became of it all.
 */
async function killedAt({ steps, reach }: Scene) {
  const dataDir = await temporaryDataDir()
  const ports = await freePorts()
  const first = await serve({ dataDir, ports })
  try {
    const { data } = await first.get<{ data: ResourceBody[] }>('/api/v1/resources?kind=droplet')
    const droplet = data.find(({ status }) => status === 'active')?.external_id ?? ''
    const simulator = simulatorControl(first.simulatorUrl)
    const before = await simulator.snapshotActions(droplet)
    let id = ''
    const reached = await reach(simulator, () => first.get(`/api/v1/sagas/${id}`))
    const started = await first.post<SagaBody>('/api/v1/sagas', {
      steps: steps.map((name) => ({ name })),
      input: { droplet_id: Number(droplet) },
    })
    id = started.body.id
    await reached()
    await first.kill()
    const second = await serve({ dataDir, ports })
    try {
      // What was begun at real speed would take as long.
      await simulator.call('POST', '/_simulator/clock', { advance_ms: 90_000 })
      const saga = await ended(second, id)
      const name = `arcadia-snap-${droplet}-${saga.tag}`
      // What was deleted lingers in listings for a while.
      if (saga.status === 'rolled_back') await simulator.noSnapshotNamed(name)
      const snapshots = (await simulator.snapshotsNamed(name)).length
      const posts = (await simulator.snapshotActions(droplet)) - before
      return { saga, snapshots, posts, exitCode: await second.stop() }
    } finally {
      await second.kill()
    }
  } finally {
    await first.kill()
    await rm(dataDir, { recursive: true, force: true })
  }
}

describe.concurrent('killed in the middle of a snapshot, the program ends it by itself', () => {
  const forward: Record<string, Scene['reach']> = {
    'before the POST has an effect': held(postSnapshot, 'before'),
    'when the POST is done and unanswered': held(postSnapshot, 'after'),
    'when the receipt is committed': receiptCommitted,
    'while it polls': held(lookAtAction, 'before'),
  }
  for (const [point, reach] of Object.entries(forward)) {
    it(`${point}: one snapshot, posted once`, { timeout: 120_000 }, async ({ expect }) => {
      const steps = ['create_droplet_snapshot']
      const { saga, ...rest } = await killedAt({ steps, reach })
      expect(saga).toMatchObject({ status: 'completed', error: null })
      expect(rest).toEqual({ snapshots: 1, posts: 1, exitCode: 0 })
    })
  }

  const back: Record<string, Scene['reach']> = {
    'while it undoes, before the DELETE': held(deleteSnapshot, 'before'),
    'while it undoes, when the DELETE is done and unanswered': held(deleteSnapshot, 'after'),
  }
  for (const [point, reach] of Object.entries(back)) {
    it(`${point}: no snapshot is left`, { timeout: 120_000 }, async ({ expect }) => {
      const steps = ['create_droplet_snapshot', 'fail']
      const { saga, ...rest } = await killedAt({ steps, reach })
      expect(saga.status).toBe('rolled_back')
      expect(saga.steps.map(({ status }) => status)).toEqual(['compensated', 'failed'])
      expect(rest).toEqual({ snapshots: 0, posts: 1, exitCode: 0 })
    })
  }
})
