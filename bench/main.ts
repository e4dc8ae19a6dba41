import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ContenderName, contenderNames, contenders } from './contenders.ts'
import { buildEngine, installPeers, versionOf } from './installation.ts'
import { lookAtMachine } from './machine.ts'
import { type BenchOptions, readOptions, usage } from './options.ts'
import { findPgbench } from './pgbench.ts'
import { report } from './report.ts'
import type { ContenderFacts, Results } from './results.ts'
import { type Gathered, runRounds } from './run.ts'
import { openServer } from './server.ts'

const print = (line: string) => process.stdout.write(`${line}\n`)

async function bench(options: BenchOptions): Promise<void> {
  const named = contenderNames.filter((name) => options.only.includes(name))
  if (named.some((name) => contenders[name].peer)) await installPeers()
  if (named.includes('ours') && !options.source) await buildEngine()
  const server = await openServer()
  // The participants end with this process; the server, which is detached, has to be stopped.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.stop().finally(() => process.exit(1)))
  }
  try {
    const machine = await lookAtMachine(server.folder)
    const pgbench = await findPgbench()
    const gathered = await runRounds({ server, pgbench, print }, options)
    const { rounds, seconds, warmUpSeconds, concurrency } = options
    await keep(options, {
      date: new Date().toISOString(),
      commit: commitOf(),
      command: ['npm run bench', ...process.argv.slice(2)].join(' '),
      machine,
      postgres: { version: server.version, settings: server.settings },
      ...{ rounds, seconds, warmUpSeconds, concurrency },
      contenders: await factsOf(named, gathered),
      limits: gathered.limits,
      limitsSkipped: skipped(options, pgbench),
      measurements: gathered.measurements,
      failures: gathered.failures,
    })
    if (gathered.failures.length > 0) process.exitCode = 1
  } finally {
    await server.stop()
  }
}

async function keep({ out }: BenchOptions, results: Results): Promise<void> {
  const text = report(results)
  print(`\n${text}`)
  if (out === null) return
  await mkdir(out, { recursive: true })
  const file = join(out, results.date.slice(0, 19).replaceAll(':', ''))
  await writeFile(`${file}.json`, `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(`${file}.md`, text)
  print(`kept in ${file}.json and .md`)
}

async function factsOf(
  names: readonly ContenderName[],
  { settings }: Gathered,
): Promise<Partial<Record<ContenderName, ContenderFacts>>> {
  const facts = names.map(async (name) => {
    const versions = contenders[name].packages.map(
      async (wanted) => [wanted, await versionOf(wanted)] as const,
    )
    return [
      name,
      {
        versions: Object.fromEntries(await Promise.all(versions)),
        settings: settings.get(name) ?? {},
      },
    ] as const
  })
  return Object.fromEntries(await Promise.all(facts))
}

function skipped({ only }: BenchOptions, pgbench: string | null): string | null {
  if (!only.includes('pgbench')) return 'not asked for'
  return pgbench === null ? 'there is no pgbench on the path or in POSTGRES_BIN' : null
}

/** Null outside of a checkout. */
function commitOf(): string | null {
  try {
    const text = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
    return text.trim()
  } catch {
    return null
  }
}

const options = readOptions(process.argv.slice(2))
if (options === 'help') print(usage)
else await bench(options)
