import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { z } from 'zod'
import { Controls } from './controls.ts'
import { type FaultInput, faultOrder } from './faults/fault.ts'
import { defaultFleet, largestFleet } from './fleet/fleet.ts'
import { type TokenGrant, tokenGrant } from './http/access.ts'
import { createApp } from './http/app.ts'
import { LocalConnection } from './http/connection.ts'
import { type RateLimits, realRateLimits } from './http/rate-limit.ts'
import { type Log, silentLog } from './log.ts'
import { createRandom } from './random.ts'
import { Simulation } from './simulation.ts'
import { Store } from './store/store.ts'
import {
  type Clock,
  type Lag,
  lagFrom,
  SimulatedTime,
  type Speed,
  speedSetting,
  systemClock,
} from './time.ts'

/** How a simulator is to be. Everything has a default. */
export interface SimulatorOptions {
  /** The port; 0, the default, takes any that is free. */
  readonly port?: number | undefined
  readonly host?: string | undefined
  /** Where the state is kept across restarts; in memory only when left out. */
  readonly dataDir?: string | undefined
  readonly seed?:
    | {
        /** How many resources a new account is filled with, 10 to 100,000; 0 leaves it empty. 40 by default. */
        readonly resources?: number | undefined
        /** Equal seeds make equal fleets, ids and lags. */
        readonly randomSeed?: number | undefined
      }
    | undefined
  /** How many times faster than the real cloud actions run and lags pass. 1 by default. */
  readonly speed?: Speed | undefined
  /** How far reads lag behind, in milliseconds of the real cloud; one number for all of them. */
  readonly lagMs?: number | Partial<Lag> | undefined
  /** Requests a token may make; `false` for no limits. DigitalOcean's by default. */
  readonly rateLimits?: Partial<RateLimits> | false | undefined
  /** The tokens there are; every token is good when left out. */
  readonly tokens?: readonly TokenGrant[] | undefined
  /** Faults from the start. */
  readonly faults?: readonly FaultInput[] | undefined
  readonly clock?: Clock | undefined
  readonly log?: Log | undefined
}

/** A simulator that listens. */
export interface Simulator {
  /** Its address, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Faults, the log of requests, changes behind a client's back, time. */
  readonly controls: Controls
  /** Ends open connections, brings everything to disk, and lets go of the data folder. */
  close(): Promise<void>
}

/** A simulator in this process alone. */
export interface LocalSimulator {
  /** In the place of the global one: any host is the simulator. */
  readonly fetch: typeof globalThis.fetch
  /** Faults, the log of requests, changes behind a client's back, time. */
  readonly controls: Controls
  /** Brings everything to disk, and lets go of the data folder. */
  close(): Promise<void>
}

const lag = z.number().min(0)

const checked = z.object({
  seed: z
    .object({
      resources: z.union([z.literal(0), z.int().min(10).max(largestFleet)]).default(defaultFleet),
      randomSeed: z.int().default(1),
    })
    .prefault({}),
  speed: speedSetting.default(1),
  lagMs: z
    .union([lag, z.strictObject({ read: lag, list: lag, snapshot: lag, deleted: lag }).partial()])
    .optional(),
  rateLimits: z
    .union([
      z.literal(false),
      z.object({
        perHour: z.int().positive().default(realRateLimits.perHour),
        perMinute: z.int().positive().default(realRateLimits.perMinute),
      }),
    ])
    .prefault({}),
  tokens: z.array(tokenGrant).optional(),
  faults: z.array(faultOrder).default([]),
})

/**
 * Starts a simulated DigitalOcean.
 * @throws DataFolderError when the data folder cannot be read, DataFolderBusyError when another
 *   process has it, ZodError for an option that is out of bounds
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const host = options.host ?? '127.0.0.1'
  return using(options, async (simulation) => {
    const server = await listen(simulation, options.port ?? 0, host)
    const port = portOf(server)
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    const controls = new Controls(url)
    return { url, port, controls, close: () => close(simulation, server) }
  })
}

/**
 * A simulated DigitalOcean that listens nowhere: it is asked by its own `fetch`, in this process.
 * @throws as {@link startSimulator} does
 */
export async function openSimulator(
  options: Omit<SimulatorOptions, 'port' | 'host'> = {},
): Promise<LocalSimulator> {
  return using(options, async (simulation) => {
    const app = createApp(simulation)
    const ask = async (request: Request) => {
      const connection = new LocalConnection()
      return connection.deliver(await app.fetch(request, { connection }))
    }
    const fetch: typeof globalThis.fetch = async (input, init) =>
      unlessAborted(ask, new Request(input, init))
    return {
      fetch,
      controls: new Controls('http://simulator.invalid', fetch),
      close: async () => {
        simulation.faults.clear('drop')
        await simulation.store.close()
      },
    }
  })
}

/** As the real one: what is aborted has no answer, whatever becomes of the request. */
async function unlessAborted(
  ask: (request: Request) => Promise<Response>,
  request: Request,
): Promise<Response> {
  const { signal } = request
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([ask(request), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Makes a simulation for `serve`, and lets go of its data folder where that fails. */
async function using<T>(
  options: SimulatorOptions,
  serve: (simulation: Simulation) => Promise<T>,
): Promise<T> {
  const { seed, speed, lagMs, rateLimits, tokens, faults } = checked.parse(options)
  const log = options.log ?? silentLog
  const store = await Store.open(options.dataDir, log.warn)
  try {
    const world = {
      time: new SimulatedTime(options.clock ?? systemClock, speed),
      lag: lagFrom(lagMs),
      random: createRandom(seed.randomSeed),
      dropletLimit: Math.max(1_000, 2 * seed.resources),
    }
    const beginnings = {
      resources: seed.resources,
      tokens: tokens ?? null,
      speed,
      rateLimits: rateLimits || null,
    }
    const simulation = new Simulation(store, world, beginnings, log)
    for (const fault of faults) simulation.faults.add(fault)
    await store.durable()
    return await serve(simulation)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function listen(simulation: Simulation, port: number, host: string): Promise<Server> {
  const app = createApp(simulation)
  // The globals stay Node's own: whoever embeds a simulator has not asked for others.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

async function close(simulation: Simulation, server: Server): Promise<void> {
  simulation.faults.clear('drop')
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
  await simulation.store.close()
}
