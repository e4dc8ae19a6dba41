import {
  DataFolderBusyError,
  DataFolderError,
  startSimulator,
} from '@arcadia-cloud/digitalocean-simulator'
import { StartError } from './serve/errors.ts'
import { serveWith } from './serve/program.ts'
import type { StartSimulator } from './serve/simulator.ts'

export { type Explained, explainStart, StartError } from './serve/errors.ts'
export {
  type Migrated,
  migrateOnly,
  type ProgramIo,
  type RunningWorker,
  type Served,
  startWorker,
} from './serve/program.ts'
export { type SignalSource, type Stoppable, untilSignal } from './serve/signals.ts'

/** The simulator's own errors, as ours: nothing behind this place knows that package. */
const startSimulatorHere: StartSimulator = async (options) => {
  try {
    return await startSimulator(options)
  } catch (error) {
    if (error instanceof DataFolderBusyError) throw alreadyRuns(error)
    if (error instanceof DataFolderError) {
      throw new StartError('simulator_data', `The simulator cannot start: ${error.message}`, {
        cause: error,
      })
    }
    throw error
  }
}

/** Its simulator's folder is the first thing that two programs on one data folder meet at. */
function alreadyRuns(error: DataFolderBusyError): StartError {
  const holder = /process (\d+)/.exec(error.message)?.[1]
  const who = holder === undefined ? '' : ` (process ${holder})`
  return new StartError(
    'already_running',
    `ArcadiaCloud already runs on this data folder${who}. Use that one, stop it, or choose another DATA_DIR.`,
    { cause: error },
  )
}

/**
 * The control plane as one program: database, simulator where no cloud is given, API, worker,
 * schedules. Resolves when all of it runs.
 */
export const serve = serveWith(startSimulatorHere)
