import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEngine } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase } from '../test/harness.ts'
import { type Block, makingSaga } from './blocking.ts'

const program = fileURLToPath(new URL('blocking.ts', import.meta.url))

/** A run whose worker, a process of its own, has its event loop blocked; and a rival. */
async function blocked(when: Block['when'], leaseMs: number) {
  const database = await engineDatabase()
  onTestFinished(() => database.drop())
  await database.pool.query('create table effects (key text, epoch int)')
  const folder = await mkdtemp(join(tmpdir(), 'saga-blocked-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const block = { when, begun: join(folder, 'begun'), over: join(folder, 'over') }
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['--conditions=@arcadia-cloud/source', program], {
    env: {
      PATH,
      HOME,
      DATABASE_URL: database.connectionString,
      BLOCK: JSON.stringify(block),
      LEASE_MS: String(leaseMs),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = text(child.stdout)
  const ended = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const making = makingSaga(database.pool)
  const store = postgresStore({ pool: database.pool })
  const engine = createEngine({ store, sagas: [making] })
  const { id } = await engine.start(making, {})
  await expect.poll(() => existsSync(block.begun), { timeout: 30_000 }).toBe(true)
  const rival = engine.createWorker({ leaseMs: 60_000, pollMs: 20 })
  rival.start()
  onTestFinished(() => rival.stop())
  return {
    engine,
    id,
    run: async () => (await engine.get(id)).run,
    /** What stands in the world: in which claims it was made. */
    async standing(): Promise<number[]> {
      const { rows } = await database.pool.query('select epoch from effects order by epoch')
      return rows.map(({ epoch }) => epoch)
    },
    goOn: () => writeFile(block.over, ''),
    /** Tells the process to stop; gives all that it said. */
    async stopped(): Promise<string> {
      child.kill('SIGTERM')
      await ended
      return said
    },
  }
}

const waiting = { status: 'waiting', waitsFor: 'signal' }
const lost = 'lost to another worker; nothing more is written'

describe('a step that blocks the event loop', () => {
  it('for less than half the lease costs nothing: nobody takes over', async () => {
    const leaseMs = 5_000
    const { run, standing, goOn, stopped } = await blocked('after_effect', leaseMs)
    const over = performance.now() + 0.4 * leaseMs
    await expect.poll(() => performance.now(), { interval: 50 }).toBeGreaterThan(over)
    await goOn()
    await expect.poll(run).toMatchObject({ ...waiting, epoch: 1 })
    expect(await standing()).toEqual([1])
    expect(await stopped()).toBe('')
  })

  it('for longer, its effect made: the next worker finds it, and it stands alone', async () => {
    const { engine, id, run, standing, goOn, stopped } = await blocked('after_effect', 1_000)
    await expect.poll(run, { timeout: 20_000 }).toMatchObject(waiting)
    await goOn()
    expect(await stopped()).toContain(lost)
    await engine.signal(id, 'go')
    await expect.poll(run, { timeout: 20_000 }).toMatchObject({ status: 'completed' })
    expect((await run()).epoch).toBeGreaterThan(1)
    expect(await standing()).toEqual([1])
  })

  it('for longer than an absence takes to settle, and then acts: both effects are taken back', async () => {
    const { engine, id, run, standing, goOn, stopped } = await blocked('before_effect', 1_000)
    await expect.poll(run, { timeout: 20_000 }).toMatchObject(waiting)
    const [made = 0, ...others] = await standing()
    expect(made).toBeGreaterThan(1)
    expect(others).toEqual([])
    await goOn()
    await expect.poll(run, { timeout: 20_000 }).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'stray_effect:make' },
    })
    expect(await standing()).toEqual([])
    expect(await stopped()).toContain(lost)
    expect((await engine.get(id)).steps[0]).toMatchObject({ status: 'compensated' })
  })
})
