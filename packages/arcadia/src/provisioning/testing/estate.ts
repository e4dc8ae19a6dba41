import { DigitalOceanError } from '@arcadia-cloud/digitalocean'
import type { SimulatorOptions } from '@arcadia-cloud/digitalocean-simulator'
import {
  type Classifier,
  createEngine,
  type Engine,
  fail,
  hasEnded,
  type Run,
  type SagaDefinition,
  type StepDefinition,
  type StepRecord,
  type Worker,
} from '@arcadia-cloud/saga'
import { migrateSaga, postgresStore } from '@arcadia-cloud/saga/postgres'
import { type Account, createClouds, ensureAccount, WritesRefused } from '../../accounts/index.ts'
import type { Db } from '../../database/index.ts'
import {
  controlPlaneDatabase,
  type TestControlPlane,
} from '../../database/testing/control-plane.ts'
import { type SimulatedCloud, simulatedCloud } from '../../inventory/testing/simulated-cloud.ts'
import { type ProvisioningDeps, provisioningSagas, provisioningSteps } from '../catalog.ts'
import { realTiming } from '../timing.ts'

/** Reads what errors of the client and of accounts say of themselves. */
const classify: Classifier = (error) =>
  error instanceof DigitalOceanError || error instanceof WritesRefused
    ? { effect: error.effect, retryable: error.retryable }
    : undefined

/** A simulated cloud, a control plane over it, and one time for both, which tests advance. */
export interface Estate extends ProvisioningDeps {
  readonly cloud: SimulatedCloud
  readonly account: Account
  readonly db: Db
  readonly pool: TestControlPlane['pool']
  readonly engine: Engine
  readonly worker: Worker
  /** Statements sent since the last call. */
  statements(): number
  now(): number
  advance(ms: number): void
  /** Works and lets time pass until the run ends or is parked. */
  finish(id: string): Promise<Finished>
  /** Works and lets time pass until something holds of the run. */
  until(id: string, holds: (found: Finished) => boolean | Promise<boolean>): Promise<Finished>
  /** A droplet made behind everybody's back; its id. */
  droplet(settings?: object): Promise<number>
  fault(fault: object): Promise<void>
  close(): Promise<void>
}

export interface Finished {
  readonly run: Run
  readonly steps: readonly StepRecord[]
}

export interface EstateOptions {
  readonly simulator?: SimulatorOptions
  /** More sagas and steps, made with the estate's own parts. */
  readonly also?: (deps: ProvisioningDeps) => {
    readonly sagas?: readonly SagaDefinition[]
    readonly steps?: readonly StepDefinition[]
  }
}

/** Time between two rounds of work. */
const roundMs = 5_000
/** More than anything takes that ends at all: two hours. */
const mostRounds = 1_500

export async function estate({ simulator = {}, also }: EstateOptions = {}): Promise<Estate> {
  let time = Date.now()
  const now = () => time
  const control = await controlPlaneDatabase()
  await migrateSaga(control.pool)
  const cloud = await simulatedCloud({ speed: 1, clock: { now }, ...simulator })
  const { db, pool } = control
  const account = await ensureAccount(db, {
    provider: 'digitalocean',
    name: 'simulator',
    simulated: true,
  })
  const clouds = createClouds({ db, clientFor: () => cloud.client })
  const deps = { db, clouds, timing: realTiming }
  const others = also?.(deps) ?? {}
  const engine = createEngine({
    store: postgresStore({ pool, now }),
    sagas: [...provisioningSagas(deps), ...(others.sagas ?? [])],
    steps: [...provisioningSteps(deps), fail, ...(others.steps ?? [])],
    classify,
  })
  const worker = engine.createWorker({ name: 'test', leaseMs: 3_600_000 })
  const advance = (ms: number) => {
    time += ms
  }
  const until: Estate['until'] = async (id, holds) => {
    for (let round = 0; round < mostRounds; round += 1) {
      await worker.tick()
      const found = await engine.get(id)
      if (await holds(found)) return found
      advance(roundMs)
    }
    throw new Error(`not after ${mostRounds} rounds: ${JSON.stringify(await engine.get(id))}`)
  }
  return {
    ...deps,
    cloud,
    account,
    pool,
    engine,
    worker,
    now,
    advance,
    until,
    statements: control.statements,
    finish: (id) => until(id, ({ run }) => hasEnded(run.status) || run.status === 'parked'),
    droplet: async (settings = {}) => {
      const made = await cloud.control('POST', '/droplets', { name: 'web-1', ...settings })
      return firstId(made)
    },
    fault: async (fault) => {
      await cloud.control('POST', '/faults', fault)
    },
    close: async () => {
      await worker.stop()
      await cloud.close()
      await control.drop()
    },
  }
}

function firstId(answer: unknown): number {
  if (typeof answer === 'object' && answer !== null && 'droplets' in answer) {
    const [droplet]: unknown[] = Array.isArray(answer.droplets) ? answer.droplets : []
    if (typeof droplet === 'object' && droplet !== null && 'id' in droplet)
      return Number(droplet.id)
  }
  throw new Error(`no droplet was made: ${JSON.stringify(answer)}`)
}
