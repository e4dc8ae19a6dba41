import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { makeTestFolder } from '../../src/database/embedded/testing/test-folder.ts'
import { pageSchema } from '../../src/http/pages.ts'
import { driftSchema } from '../../src/http/schemas/drift.ts'
import { clientOf } from '../../src/http/testing/client.ts'
import { until } from '../../src/http/testing/until.ts'

const command = fileURLToPath(new URL('../../bin/arcadia.js', import.meta.url))

/** The command as people run it, on nothing but a folder, in a process group of its own. */
interface Command {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly told: () => string
  readonly logged: () => string
  /** Waits until it runs; gives its address and token, as it says them. */
  running(): Promise<{ readonly url: string; readonly token: string }>
  /** Sends a signal to its whole group, as a terminal does, and waits for its end. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

function arcadia(folder: string, env: NodeJS.ProcessEnv = {}): Command {
  const child = spawn(process.execPath, [command, 'serve'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      SIMULATOR_PORT: '0',
      DATA_DIR: join(folder, 'data'),
      ...env,
    },
  })
  const exited = once(child, 'exit')
  const told: string[] = []
  const logged: string[] = []
  child.stdout.on('data', (chunk) => told.push(String(chunk)))
  child.stderr.on('data', (chunk) => logged.push(String(chunk)))
  const { pid } = child
  if (pid === undefined) throw new Error('the command could not be started')
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const end: Command['end'] = async (signal) => {
    if (!hasEnded()) process.kill(-pid, signal)
    await exited
    return child.exitCode
  }
  onTestFinished(async () => void (await end('SIGKILL')))
  return {
    child,
    told: () => told.join(''),
    logged: () => logged.join(''),
    end,
    running: async () => {
      const text = await until(
        'the command runs',
        async () => `${told.join('')}${hasEnded() ? logged.join('') : ''}`,
        (said) => said.includes('Ctrl-C stops it') || hasEnded(),
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
  await once(wrong.child, 'exit')
  expect(wrong.child.exitCode).not.toBe(0)
  expect(wrong.told()).toBe('')
  expect(wrong.logged().trim().split('\n')).toEqual([expect.stringContaining('PORT is "many"')])
})
