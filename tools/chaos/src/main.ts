import { CommanderError } from 'commander'
import { runChaos } from './chaos.ts'
import type { Breach } from './checks/index.ts'
import { readCommandLine } from './command-line.ts'
import { FolderError } from './processes/folder.ts'
import { report } from './report.ts'
import type { Scene } from './scene.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

/** How many breaches are told, and of how many the history is shown. */
const mostTold = 40
const mostShown = 4

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Told twice, it does not wait for anybody: see what is done at `exit`.
    if (interrupted.signal.aborted) process.exit(130)
    say(`\n${signal}: ending all that was started`)
    interrupted.abort(new Error(`interrupted by ${signal}`))
  })
}

let told = 0
async function tell({ check, what, runId }: Breach, { estate }: Scene): Promise<void> {
  told += 1
  if (told > mostTold) return
  say(`\nBREACH (${check}) ${runId ?? ''}: ${what}`)
  if (runId === undefined || told > mostShown) return
  const { run, steps } = await estate.engine.get(runId)
  const events = await estate.engine.events(runId)
  say(`  run ${run.id}, ${run.kind}, ${run.status}: ${JSON.stringify(run.parked ?? run.error)}`)
  for (const { idx, name, status, key, attempts, receipt, output } of steps) {
    say(`  step ${idx} ${name}: ${status}, ${attempts} attempts, key ${key}`)
    say(`    receipt ${JSON.stringify(receipt)}, output ${JSON.stringify(output)}`)
  }
  for (const { seq, type, idx, at, actor, detail } of events) {
    const by = actor === null ? '' : ` by ${actor}`
    const where = idx === null ? '' : ` of step ${idx}`
    const when = new Date(at).toISOString().slice(11, 23)
    say(`  ${when} ${seq} ${type}${where}${by} ${JSON.stringify(detail)}`)
  }
}

try {
  const options = readCommandLine(process.argv.slice(2))
  const outcome = await runChaos({ options, signal: interrupted.signal, say, onBreach: tell })
  say(report(outcome))
  process.exitCode = outcome.breaches.length === 0 ? 0 : 1
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else if (interrupted.signal.aborted) process.exitCode = 130
  else if (error instanceof FolderError) {
    process.stderr.write(`error: ${error.message}\n`)
    process.exitCode = 1
  } else {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 1
  }
}
