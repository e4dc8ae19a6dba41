import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { makeTestFolder } from '../../src/database/embedded/testing/test-folder.ts'
import { pageSchema } from '../../src/http/pages.ts'
import { driftSchema } from '../../src/http/schemas/drift.ts'
import { clientOf } from '../../src/http/testing/client.ts'
import { until } from '../../src/http/testing/until.ts'
import { startProgram } from '../program.ts'

/** The command as people run it, on nothing but a folder. */
function arcadia(folder: string, env: Record<string, string> = {}) {
  const program = startProgram(['serve'], {
    PORT: '0',
    SIMULATOR_PORT: '0',
    DATA_DIR: join(folder, 'data'),
    ...env,
  })
  onTestFinished(() => program.kill())
  return {
    ...program,
    /** Waits until it runs; gives its address and token, as it says them. */
    running: async () => {
      const text = await until(
        'the command runs',
        async () => (program.hasEnded() ? program.output() : program.told()),
        (said) => said.includes('Ctrl-C stops it') || program.hasEnded(),
      )
      const url = /API +(http:\S+)/.exec(text)?.[1]
      const token = /Admin token +(arc_\S+)/.exec(text)?.[1]
      if (url === undefined || token === undefined) throw new Error(`it does not run: ${text}`)
      return { url, token }
    },
  }
}

async function differences({ url, token }: { readonly url: string; readonly token: string }) {
  const { data } = await clientOf(url, token).get('/api/v1/drift', pageSchema(driftSchema))
  return data.map(({ id, field }) => `${id} ${field}`)
}

// Real programs on real disks, one after the other; a killed worker's runs wait for its lease.
vi.setConfig({ testTimeout: 120_000 })

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends it in order, and it all comes back',
  async (signal) => {
    const folder = await makeTestFolder()
    const first = arcadia(folder)
    const before = await differences(await first.running())
    expect(before).toHaveLength(2)
    expect(await first.end(signal)).toBe(0)
    expect(first.logged()).toBe('')
    expect(first.told()).toMatch(/Stopping: .+\nStopped\. Everything is kept\.\n$/)
    const second = arcadia(folder)
    expect(await differences(await second.running())).toEqual(before)
    expect(await second.end(signal)).toBe(0)
  },
)

test('killed, its database left behind, it finds everything as it was', async () => {
  const folder = await makeTestFolder()
  const first = arcadia(folder)
  const { token, url } = await first.running()
  const before = await differences({ token, url })
  expect(await first.end('SIGKILL')).toBeNull()
  const second = arcadia(folder)
  const again = await second.running()
  expect(again.token).toBe(token)
  expect(await differences(again)).toEqual(before)
  expect(await second.end('SIGTERM')).toBe(0)
})

test('killed at any moment of its first start, it ends up the same', async () => {
  const folder = await makeTestFolder()
  const moments = [
    'Starting ArcadiaCloud',
    'PostgreSQL is up',
    'reading the fleet',
    'recording it as what is asked for',
    'changing two droplets',
    'noticing that',
  ]
  for (const moment of moments) {
    const cut = arcadia(folder, { LOG_LEVEL: 'debug' })
    await until(
      moment,
      async () => cut.told() + cut.logged(),
      (said) => said.includes(moment),
    )
    await cut.end('SIGKILL')
  }
  const last = arcadia(folder)
  expect(await differences(await last.running())).toHaveLength(2)
  expect(await last.end('SIGTERM')).toBe(0)
})

test('a wrong setting ends it with one line that names it', async () => {
  const folder = await makeTestFolder()
  const wrong = arcadia(folder, { PORT: 'many' })
  expect(await wrong.ended).toBe(exitCodes.usage)
  expect(wrong.told()).toBe('')
  expect(wrong.logged().trim().split('\n')).toEqual([expect.stringContaining('PORT is "many"')])
})
