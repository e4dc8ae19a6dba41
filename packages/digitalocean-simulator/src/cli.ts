import { CommanderError } from 'commander'
import { z } from 'zod'
import { readCommandLine, UsageError } from './command-line.ts'
import { controlCommands, readControlLine, tell } from './control-line.ts'
import { ControlError } from './controls.ts'
import type { Log } from './log.ts'
import { type Simulator, startSimulator } from './simulator.ts'
import { DataFolderBusyError } from './store/lock.ts'
import { DataFolderError } from './store/replay.ts'

const log: Log = {
  info: (message) => void process.stdout.write(`${message}\n`),
  warn: (message) => void process.stderr.write(`warning: ${message}\n`),
  error: (message) => void process.stderr.write(`error: ${message}\n`),
}

try {
  const argv = process.argv.slice(2)
  if (controlCommands.has(argv[0] ?? '')) await control(argv)
  else await serve(argv)
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    log.error(explain(error))
    process.exitCode = 1
  }
}

async function serve(argv: readonly string[]): Promise<void> {
  const options = await readCommandLine(argv)
  const simulator = await startSimulator({ ...options, log })
  log.info(`DigitalOcean is simulated at ${simulator.url}`)
  stopOnSignals(simulator)
}

/** Tells a running simulator something, and prints what it answers, as JSON. */
async function control(argv: readonly string[]): Promise<void> {
  const answer = await tell(readControlLine(argv))
  if (answer !== undefined) log.info(JSON.stringify(answer, null, 2))
}

/** A second signal ends the process at once, as it would without this. */
function stopOnSignals(simulator: Simulator): void {
  const stop = () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    simulator.close().catch((error: unknown) => {
      log.error(explain(error))
      process.exitCode = 1
    })
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error)
  if (
    error instanceof UsageError ||
    error instanceof ControlError ||
    error instanceof DataFolderError ||
    error instanceof DataFolderBusyError
  ) {
    return error.message
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return 'The port is in use. Choose another with --port, or any free one with --port 0.'
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
