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
    if (error instanceof DataFolderBusyError || error instanceof DataFolderError) {
      throw new StartError('simulator_data', `The simulator cannot start: ${error.message}`, {
        cause: error,
      })
    }
    throw error
  }
}

/**
 * The control plane as one program: database, simulator where no cloud is given, API, worker,
 * schedules. Resolves when all of it runs.
 */
export const serve = serveWith(startSimulatorHere)
