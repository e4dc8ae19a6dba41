import { readFile, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { DataFolder } from '../test/data-folder.ts'
import { bodies, ManualClock, minute, plan, SimulatedApi, second } from '../test/simulated-api.ts'
import { SimulatorProcess } from '../test/simulator-process.ts'

const options = ['--seed', '0', '--lag', '0', '--no-rate-limits']

/** Creates droplets as fast as it can until the simulator dies; the ids that it was told. */
async function createUntilCut(api: SimulatedApi, worker: number, told: number[]): Promise<void> {
  for (let count = 0; ; count++) {
    try {
      told.push((await api.create({ name: `w${worker}-${count}` })).droplet.id)
    } catch {
      return
    }
  }
}

test('kill -9 loses nothing that was acknowledged', async () => {
  await using folder = await DataFolder.create()
  const told: number[] = []
  const first = await SimulatorProcess.start('--data', folder.path, ...options)
  const api = new SimulatedApi(first.url, new ManualClock(), () => Promise.resolve())
  const workers = Array.from({ length: 8 }, (_, worker) => createUntilCut(api, worker, told))
  // By requests, not by time: however slow the machine, there is something to lose.
  while (told.length < 100) await api.call('GET', '/_simulator/health')
  await first.end('SIGKILL')
  await Promise.all(workers)
  await using second = await SimulatorProcess.start('--data', folder.path, ...options)
  const after = new SimulatedApi(second.url, new ManualClock(), () => Promise.resolve())
  const found = await Promise.all(told.map((id) => after.status('GET', `/v2/droplets/${id}`)))
  expect(found.filter((status) => status !== 200)).toEqual([])
  const { meta } = await after.read(bodies.droplets, '/v2/droplets')
  expect(meta.total).toBeGreaterThanOrEqual(told.length)
  expect(meta.total).toBeLessThanOrEqual(told.length + workers.length)
})

test('killed between the change and the answer, it has made the change', async () => {
  await using folder = await DataFolder.create()
  const first = await SimulatorProcess.start('--data', folder.path, ...options)
  const api = new SimulatedApi(first.url, new ManualClock(), () => Promise.resolve())
  const fault = await api.fault({
    kind: 'hold',
    when: 'after',
    match: { method: 'POST', path: '/v2/droplets' },
  })
  const held = api.call('POST', '/v2/droplets', plan).catch(() => 'cut off')
  await api.call('GET', `/_simulator/faults/${fault}/reached`)
  await first.end('SIGKILL')
  expect(await held).toBe('cut off')
  await using second = await SimulatorProcess.start('--data', folder.path, ...options)
  const after = new SimulatedApi(second.url, new ManualClock(), () => Promise.resolve())
  expect(await after.names()).toEqual(['web-01'])
})

test('actions go on after a restart, as if there had been none', async () => {
  await using folder = await DataFolder.create()
  const clock = new ManualClock()
  const before = await SimulatedApi.start({ dataDir: folder.path }, clock)
  const { droplet, links } = await before.create()
  await before.close()
  clock.advance(minute)
  await using after = await SimulatedApi.start({ dataDir: folder.path }, clock)
  expect(await after.droplet(droplet.id)).toMatchObject({ status: 'active', locked: false })
  const action = await after.action(links.actions[0]?.id ?? 0)
  const took = Date.parse(String(action['completed_at'])) - Date.parse(String(action['started_at']))
  expect(took).toBeGreaterThanOrEqual(24 * second)
  expect(took).toBeLessThanOrEqual(36 * second)
})

test('what is in the data folder is never seeded again, and its time does not go back', async () => {
  await using folder = await DataFolder.create()
  const clock = new ManualClock()
  const seeded = { dataDir: folder.path, seed: { resources: 40 } }
  const first = await SimulatedApi.start(seeded, clock)
  await first.call('POST', '/_simulator/clock', { advance_ms: 3_600_000 })
  const state = await first.call('GET', '/_simulator/state')
  await first.close()
  const second = await SimulatedApi.start({ ...seeded, seed: { resources: 1000 } }, clock)
  expect(await second.call('GET', '/_simulator/state')).toMatchObject({ body: state.body })
  await second.call('POST', '/_simulator/reset', { resources: 0 })
  await second.close()
  await using third = await SimulatedApi.start(seeded, clock)
  expect(await third.names()).toEqual([])
})

test('a whole fleet is read back as it was', async () => {
  await using folder = await DataFolder.create()
  const seeded = { dataDir: folder.path, seed: { resources: 120 } }
  const listings = async (api: SimulatedApi) => {
    const kinds = ['droplets', 'volumes', 'vpcs', 'firewalls', 'load_balancers', 'reserved_ips']
    const others = ['domains', 'projects', 'certificates', 'databases', 'kubernetes/clusters']
    const paths = [...kinds, ...others, 'account/keys', 'domains/acme.example/records']
    const answers = paths.map((path) => api.call('GET', `/v2/${path}?per_page=200`))
    return (await Promise.all(answers)).map(({ status, body }) => ({ status, body }))
  }
  const first = await SimulatedApi.start(seeded)
  // Ports differ, and with them the links of pages: there is one page of each.
  const before = await listings(first)
  await first.close()
  await using second = await SimulatedApi.start(seeded)
  expect(before.every(({ status }) => status === 200)).toBe(true)
  expect(await listings(second)).toEqual(before)
})

test('the data folder is its owner’s alone, and holds no token', async () => {
  await using folder = await DataFolder.create()
  const api = await SimulatedApi.start({ dataDir: folder.path })
  await api.create({ user_data: 'password: hunter2' })
  await api.close()
  const journal = folder.file('journal.ndjson')
  expect((await stat(journal)).mode & 0o777).toBe(0o600)
  const text = await readFile(journal, 'utf8')
  expect(text).toContain('web-01')
  expect(text).not.toMatch(/secret|hunter2/)
})
