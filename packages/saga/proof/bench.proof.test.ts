import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { z } from 'zod'

const run = promisify(execFile)
const main = fileURLToPath(new URL('../../../bench/main.ts', import.meta.url))

const figure = z.number().positive()
const results = z.object({
  failures: z.array(z.unknown()).length(0),
  measurements: z.array(
    z.object({
      contender: z.string(),
      concurrency: z.number(),
      perSecond: figure,
      p50Ms: figure,
      p99Ms: figure,
      walBytesPerSaga: figure,
      writesPerSaga: figure,
      statementsPerSaga: figure,
      processes: z.record(
        z.string(),
        z.object({ cpuMsPerSaga: z.number().nullable(), peakBytes: z.number().nullable() }),
      ),
    }),
  ),
})

const out = await mkdtemp(join(tmpdir(), 'saga-bench-proof-'))
afterAll(() => rm(out, { recursive: true, force: true }))

it('npm run bench measures the engine and the bare loop, and keeps every figure', async () => {
  const { stdout } = await run(process.execPath, [
    ...[main, '--source', '--only', 'ours,bare', '--rounds', '1', '--concurrency', '1,50'],
    ...['--seconds', '1', '--warm-up', '0.5', '--out', out],
  ])
  const names = await readdir(out)
  const json = names.find((name) => name.endsWith('.json')) ?? ''
  const { measurements } = results.parse(JSON.parse(await readFile(join(out, json), 'utf8')))
  const measured = measurements.map(({ contender, concurrency }) => `${contender} ${concurrency}`)
  expect(measured).toEqual(['ours 1', 'ours 50', 'bare 1', 'bare 50'])
  // Group commit: far fewer commits than the four that a saga alone needs.
  const writes = measurements.map(({ writesPerSaga }) => writesPerSaga)
  expect(writes[3]).toBeLessThan((writes[2] ?? 0) / 4)
  expect(stdout).toContain('throughput at 50: this engine / bare')
  expect(names).toHaveLength(2)
})
