import { join, resolve } from 'node:path'
import type { Log } from '@arcadia-cloud/saga'
import type { Settings } from '../settings/index.ts'
import type { Closers } from './closers.ts'
import { type Cloud, simulatedCloud, simulatorSpeedAt } from './cloud.ts'
import { codeIn, StartError } from './errors.ts'
import { wordsTo } from './log.ts'

/** A simulator that listens, as far as this program needs it. */
export interface RunningSimulator {
  readonly url: string
  close(): Promise<void>
}

/** Starts one: what the composition root gives, for only it knows that package. */
export type StartSimulator = (options: {
  readonly port: number
  readonly dataDir: string
  readonly speed: number
  readonly seed: { readonly resources: number }
  readonly rateLimits: { readonly perHour: number; readonly perMinute: number }
  readonly log: ReturnType<typeof wordsTo>
}) => Promise<RunningSimulator>

/** Some forty droplets and snapshots, and what an account has around them. */
const seed = { resources: 70 }
/** DigitalOcean's limits, of a cloud at its own pace. */
const rateLimits = { perHour: 5_000, perMinute: 250 }

/**
 * Runs a simulated DigitalOcean of this program's own, its state in the data folder.
 * @throws {StartError} when its port is taken
 */
export async function runSimulator(
  start: StartSimulator,
  settings: Settings,
  log: Log,
  closers: Closers,
): Promise<Cloud> {
  const { simulatorPort: port, simulatorSpeed: speed, dataDir } = settings
  const scaled = (limit: number) => Math.ceil(limit * Math.max(1, speed))
  try {
    const simulator = await start({
      port,
      dataDir: join(resolve(dataDir), 'simulator'),
      speed,
      seed,
      // Whoever runs faster asks as much oftener.
      rateLimits: {
        perHour: scaled(rateLimits.perHour),
        perMinute: scaled(rateLimits.perMinute),
      },
      log: wordsTo(log),
    })
    closers.add('simulator', simulator.close)
    return { ...simulatedCloud(simulator.url, speed), ownSimulatorUrl: simulator.url }
  } catch (error) {
    if (codeIn(error) !== 'EADDRINUSE' && codeIn(error) !== 'EACCES') throw error
    throw new StartError(
      'simulator_port_taken',
      `SIMULATOR_PORT ${port} cannot be used (${codeIn(error)}): something else listens there. Choose another, or 0 for any that is free.`,
      { cause: error },
    )
  }
}

/**
 * The simulator that another process of this machine runs.
 * @throws {StartError} when there is none
 */
export async function findSimulator({ simulatorPort: port }: Settings): Promise<Cloud> {
  const url = `http://127.0.0.1:${port}`
  const speed = await simulatorSpeedAt(url).catch(() => undefined)
  if (speed !== undefined) return simulatedCloud(url, speed)
  throw new StartError(
    'no_cloud',
    `There is no DigitalOcean token, and no simulator at ${url}. Start "arcadia serve" first, or set SIMULATOR_PORT or DIGITALOCEAN_TOKEN as it has them.`,
  )
}
