import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { DataFolder } from '../test/data-folder.ts'
import { ManualClock, SimulatedApi } from '../test/simulated-api.ts'
import { runCommand, SimulatorProcess } from '../test/simulator-process.ts'

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it cleanly', async (signal) => {
  await using folder = await DataFolder.create()
  await using simulator = await SimulatorProcess.start('--data', folder.path)
  const api = new SimulatedApi(simulator.url, new ManualClock(), () => Promise.resolve())
  expect(await api.status('GET', '/v2/account')).toBe(200)
  expect(await simulator.end(signal)).toEqual({ code: 0 })
})

test('tokens and faults come from files or from the command line', async () => {
  await using folder = await DataFolder.create()
  await writeFile(folder.file('tokens.json'), JSON.stringify([{ token: 'secret', scopes: 'read' }]))
  await writeFile(folder.file('faults.json'), JSON.stringify([{ kind: 'error', status: 500 }]))
  const fault = JSON.stringify({ kind: 'error', status: 503, nth: 2 })
  await using simulator = await SimulatorProcess.start(
    ...['--tokens', folder.file('tokens.json')],
    ...['--fault', folder.file('faults.json'), '--fault', fault],
  )
  const api = new SimulatedApi(simulator.url, new ManualClock(), () => Promise.resolve())
  expect(await api.status('GET', '/v2/account')).toBe(500)
  expect(await api.status('GET', '/v2/account')).toBe(503)
  expect(await api.status('POST', '/v2/tags', { name: 'a' })).toBe(403)
})

test('what cannot be used is refused in words', async () => {
  const ended = await runCommand('--port', '0', '--seed', '5')
  expect(ended.code).toBe(1)
  expect(ended.errors).toContain('seed.resources')
  expect(ended.errors).not.toContain('    at ')
})

test('a port or a folder that is taken is told as such', async () => {
  await using folder = await DataFolder.create()
  await using simulator = await SimulatorProcess.start('--data', folder.path)
  const port = new URL(simulator.url).port
  expect((await runCommand('--port', port)).errors).toContain('The port is in use.')
  expect((await runCommand('--port', '0', '--data', folder.path)).errors).toContain(
    'is in use by process',
  )
})

test('one that runs is told of faults, and asked what it was asked', async () => {
  await using simulator = await SimulatorProcess.start('--seed', '0')
  const at = ['--url', simulator.url]
  const fault = ['fault', 'latency', 'error', '--ms', '1', '--status', '503', '--on', '/v2/account']
  expect(await runCommand(...fault, ...at)).toMatchObject({ code: 0 })
  const api = new SimulatedApi(simulator.url, new ManualClock(), () => Promise.resolve())
  expect(await api.status('GET', '/v2/account')).toBe(503)
  const [asked, wrong] = await Promise.all([
    runCommand('requests', '--on', 'GET /v2/**', ...at),
    runCommand('fault', 'error', ...at),
  ])
  expect(JSON.parse(asked.output)).toMatchObject({ count: 1, requests: [{ status: 503 }] })
  expect(wrong).toMatchObject({ code: 1, errors: expect.stringContaining('status') })
  expect(wrong.errors).not.toContain('    at ')
})
