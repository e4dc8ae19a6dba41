import { startSimulator } from '@arcadia-cloud/digitalocean-simulator'
import type { Engine, SagaDefinition } from '@arcadia-cloud/saga'
import { expect } from 'vitest'
import { z } from 'zod'
import { authenticate, createToken, ensureAdminToken } from '../../access/index.ts'
import type { Account } from '../../accounts/index.ts'
import type { Db } from '../../database/index.ts'
import {
  controlPlaneDatabase,
  type TestControlPlane,
} from '../../database/testing/control-plane.ts'
import { type Cloud, simulatedCloud } from '../../serve/cloud.ts'
import { createControlPlane } from '../../serve/control-plane.ts'
import { createLog } from '../../serve/log.ts'
import { createApi } from '../app.ts'
import type { Readiness } from '../deps.ts'
import { sagaSchema } from '../schemas/saga.ts'
import { listen } from '../server.ts'
import { type Client, clientOf } from './client.ts'
import { until } from './until.ts'

export const adminText = 'arc_the-administrator-of-these-tests'

/** The API over real HTTP, with a real database, a real simulator and a worker. */
export interface ApiWorld {
  readonly url: string
  readonly simulatorUrl: string
  readonly db: Db
  readonly pool: TestControlPlane['pool']
  readonly engine: Engine
  readonly account: Account
  readonly admin: Client
  readonly viewer: Client
  readonly anonymous: Client
  /** A client with another token. */
  as(token: string): Client
  /** Everything that was logged, at every level. */
  logged(): string
  setReadiness(readiness: Readiness): void
  /** Starts a saga and waits for its end. */
  run(body: object): Promise<z.infer<typeof sagaSchema>>
  /** Waits until a saga has ended. */
  ended(id: string): Promise<z.infer<typeof sagaSchema>>
  /** The inventory as the cloud is now. */
  sync(): Promise<void>
  /** Something done to the cloud behind our back. */
  behindOurBack(path: string, body: object): Promise<unknown>
  /** How many requests have left that change the cloud. */
  cloudWrites(): Promise<number>
  close(): Promise<void>
}

const speed = 1_000
const ready: Readiness = { database: { ok: true }, migrations: { ok: true }, worker: { ok: true } }

interface Options {
  /** How many of them the simulated cloud has. */
  readonly resources?: number
  /** What is said of the cloud otherwise, such as that it is real. */
  readonly cloud?: Partial<Cloud>
  /** Sagas made for the test. */
  readonly sagas?: readonly SagaDefinition[]
}

/** Everything that runs, put together. */
async function assemble({ resources = 20, cloud: own = {}, sagas = [] }: Options) {
  const control = await controlPlaneDatabase()
  const { db, pool } = control
  const simulator = await startSimulator({
    speed,
    seed: { resources },
    rateLimits: false,
    lagMs: 0,
  })
  const lines: string[] = []
  const log = createLog('trace', { write: (line) => lines.push(line) })
  const cloud = { ...simulatedCloud(simulator.url, speed), ...own }
  const plane = await createControlPlane({ db, pool, cloud, log, sagas })
  await ensureAdminToken(db, adminText)
  const viewer = await createToken(db, { name: 'looker', role: 'viewer', actor: 'test' })
  const state = { readiness: ready }
  const api = createApi({
    db,
    engine: plane.engine,
    starts: plane.starts,
    operating: plane.operating,
    enableWrites: plane.enableWrites,
    isTransient: plane.isTransient,
    authenticate: (token) => authenticate(db, token),
    readiness: async () => state.readiness,
    log,
  })
  const server = await listen(api, { host: '127.0.0.1', port: 0 })
  const worker = plane.engine.createWorker({ name: 'test' })
  worker.start()
  const close = async () => {
    server.refuseNew()
    await worker.stop({ graceMs: 5_000 })
    await server.close(1_000)
    await simulator.close()
    await control.drop()
  }
  return { control, simulator, plane, server, lines, state, viewerText: viewer.text, close }
}

export async function apiWorld(options: Options = {}): Promise<ApiWorld> {
  const parts = await assemble(options)
  const { control, simulator, plane, server, state } = parts
  const as = (token: string | undefined) => clientOf(server.url, token)
  const admin = as(adminText)
  const cloud = clientOf(simulator.url, undefined)
  return {
    url: server.url,
    simulatorUrl: simulator.url,
    db: control.db,
    pool: control.pool,
    engine: plane.engine,
    account: plane.account,
    admin,
    viewer: as(parts.viewerText),
    anonymous: as(undefined),
    as,
    logged: () => parts.lines.join(''),
    setReadiness: (readiness) => {
      state.readiness = readiness
    },
    ...sagasOf(admin),
    behindOurBack: async (path, body) => {
      const answer = await cloud.call('POST', `/_simulator${path}`, body)
      expect(answer.status).toBeLessThan(300)
      return answer.body
    },
    cloudWrites: async () => {
      const requests = z.object({ requests: z.array(z.object({ method: z.string() })) })
      const found = await cloud.get('/_simulator/requests', requests)
      return found.requests.filter(({ method }) => method !== 'GET').length
    },
    close: parts.close,
  }
}

/** What a test does with sagas, by the API alone. */
function sagasOf(admin: Client): Pick<ApiWorld, 'run' | 'ended' | 'sync'> {
  const ended: ApiWorld['ended'] = (id) =>
    until(
      `saga ${id} has ended`,
      () => admin.get(`/api/v1/sagas/${id}`, sagaSchema),
      ({ status }) => /^(completed|rolled_back|failed|parked)$/.test(status),
    )
  return {
    ended,
    run: async (body) => {
      const answer = await admin.call('POST', '/api/v1/sagas', body)
      expect(answer).toMatchObject({ status: 201 })
      return ended(sagaSchema.parse(answer.body).id)
    },
    sync: async () => {
      const answer = await admin.call('POST', '/api/v1/sync')
      const { context } = await ended(sagaSchema.parse(answer.body).id)
      await ended(z.object({ detection_saga_id: z.uuid() }).parse(context).detection_saga_id)
    },
  }
}
