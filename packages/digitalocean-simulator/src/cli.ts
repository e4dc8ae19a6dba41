import { CommanderError } from 'commander'
import { z } from 'zod'
import { readCommandLine, UsageError } from './command-line.ts'
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
  const options = await readCommandLine(process.argv.slice(2))
  const simulator = await startSimulator({ ...options, log })
  log.info(`DigitalOcean is simulated at ${simulator.url}`)
  stopOnSignals(simulator)
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    log.error(explain(error))
    process.exitCode = 1
  }
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
