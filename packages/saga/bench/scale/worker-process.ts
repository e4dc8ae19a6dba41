import pg from 'pg'
import { createEngine } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres/index.ts'
import type { Order, Report, Setup } from './messages.ts'
import { busy, hanging, three, waiting } from './sagas.ts'

// A worker in a process of its own, told what to do by the program that measures.

const setup: Setup = JSON.parse(process.env['SCALE_SETUP'] ?? '')
const report = (message: Report) => process.send?.(message)

const pool = new pg.Pool({ ...setup.config, max: 10 })
let claimed = 0
let takenOver = 0
let ended = 0
const engine = createEngine({
  store: postgresStore({ pool }),
  sagas: [
    three,
    ...waiting,
    busy(setup.busyMs),
    hanging(() => (setup.hangs ? new Promise(() => {}) : Promise.resolve())),
  ],
  hooks: {
    onEvent({ type, detail }) {
      if (type === 'run_claimed') claimed += 1
      if (type === 'run_claimed' && detail['interruptedAt'] !== null) takenOver += 1
      if (type === 'run_completed') ended += 1
      if (type === 'run_claimed' || type === 'run_completed') tell()
    },
  },
})
const worker = engine.createWorker({ concurrency: setup.concurrency })

/** Once for all that happens at once. */
let telling = false
function tell(): void {
  if (telling) return
  telling = true
  setImmediate(() => {
    telling = false
    report({ type: 'count', claimed, takenOver, ended })
  })
}

async function obey(order: Order): Promise<void> {
  switch (order) {
    case 'start':
      return worker.start()
    case 'measure': {
      // Twice: what the first frees may free more.
      globalThis.gc?.()
      globalThis.gc?.()
      const { rss, heapUsed } = process.memoryUsage()
      const { user, system } = process.cpuUsage()
      report({ type: 'measured', rss, heapUsed, cpuMs: (user + system) / 1_000 })
      return
    }
    case 'stop':
      await worker.stop({ graceMs: 0 })
      await pool.end()
      process.disconnect()
  }
}

process.on('message', (order: Order) => void obey(order))
// Whoever measures is gone: nobody will say stop.
process.on('disconnect', () => process.exit())
report({ type: 'ready' })
