import { writeFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'
import { DataFolder } from '../test/data-folder.ts'
import { readCommandLine } from './command-line.ts'

test('without options everything is as documented', async () => {
  expect(await readCommandLine([])).toEqual({
    port: 4010,
    host: '127.0.0.1',
    seed: { resources: 40, randomSeed: 1 },
    speed: 1,
    faults: [],
  })
})

test('every option has its place', async () => {
  await using folder = await DataFolder.create()
  const tokens = [{ token: 'a', scopes: 'read' }]
  await writeFile(folder.file('tokens.json'), JSON.stringify(tokens))
  await writeFile(folder.file('faults.json'), JSON.stringify([{ kind: 'lost' }, { kind: 'cut' }]))
  const options = await readCommandLine([
    ...[
      '--port',
      '0',
      '--host',
      '::1',
      '--data',
      folder.path,
      '--seed',
      '100',
      '--random-seed',
      '7',
    ],
    ...['--speed', '20', '--lag', '0', '--no-rate-limits', '--tokens', folder.file('tokens.json')],
    ...['--fault', folder.file('faults.json'), '--fault', '{"kind":"refused"}'],
  ])
  expect(options).toMatchObject({
    port: 0,
    host: '::1',
    dataDir: folder.path,
    seed: { resources: 100, randomSeed: 7 },
    speed: 20,
    lagMs: 0,
    rateLimits: false,
    tokens,
    faults: [{ kind: 'lost' }, { kind: 'cut' }, { kind: 'refused' }],
  })
})

test('the speed may be immediate', async () => {
  expect(await readCommandLine(['--speed', 'immediate'])).toMatchObject({ speed: 'immediate' })
})

test.each([
  [['--fault', '{"kind":"explode"}'], '--fault: '],
  [['--fault', '{'], '--fault: this is not JSON.'],
  [['--tokens', '/nowhere.json'], '/nowhere.json cannot be read.'],
  [['--port', 'x'], 'It is not a number.'],
  [['--colour', 'red'], "unknown option '--colour'"],
])('%j is refused in words', async (options, message) => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await expect(readCommandLine(options)).rejects.toThrow(message)
  told.mockRestore()
})
