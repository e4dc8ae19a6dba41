import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createTestDatabase } from '../../../../test/postgres/index.ts'
import { pageSchema } from '../../src/http/pages.ts'
import { driftSchema } from '../../src/http/schemas/drift.ts'
import { resourceSchema } from '../../src/http/schemas/resource.ts'
import { sagaSchema } from '../../src/http/schemas/saga.ts'
import { type Client, clientOf } from '../../src/http/testing/client.ts'
import { until } from '../../src/http/testing/until.ts'
import { type Served, serve } from '../../src/main.ts'
import { type Heard, heard } from '../../src/serve/testing/sinks.ts'
import { parseSettings } from '../../src/settings/index.ts'

export type Saga = z.infer<typeof sagaSchema>
export type Resource = z.infer<typeof resourceSchema>
export type Drift = z.infer<typeof driftSchema>

const snapshots = z.object({ snapshots: z.array(z.object({ id: z.string(), name: z.string() })) })
const requests = z.object({ requests: z.array(z.object({ method: z.string(), path: z.string() })) })

/** An operator in front of a control plane that was just started, and its simulated cloud. */
export interface Journey {
  readonly program: Served
  readonly heard: Heard
  readonly admin: Client
  readonly anonymous: Client
  /** Starts a saga and gives it with its ledger when it has ended. */
  run(body: object): Promise<Saga>
  ended(id: string): Promise<Saga>
  /** A sync, and the sweep that follows it. */
  sync(): Promise<void>
  detect(): Promise<Saga>
  drift(query?: string): Promise<readonly Drift[]>
  /** The fleet's droplets that are on; the first two differ from what was asked for. */
  droplets(): Promise<readonly Resource[]>
  resources(kind: string): Promise<readonly Resource[]>
  /** What the cloud itself says. */
  snapshots(): Promise<readonly { readonly id: string; readonly name: string }[]>
  /** Requests that would change the cloud, as it received them. */
  cloudWrites(): Promise<readonly string[]>
  /** Something done to a droplet by somebody else. */
  changeDroplet(externalId: string, change: object): Promise<void>
  close(): Promise<void>
}

/** Starts the program, on an empty database and an empty folder. */
export async function beginJourney(): Promise<Journey> {
  const database = await createTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'arcadia-journey-'))
  const io = heard()
  const program = await serve(
    parseSettings({
      PORT: '0',
      SIMULATOR_PORT: '0',
      SIMULATOR_SPEED: '1000',
      LOG_LEVEL: 'trace',
      DATA_DIR: dataDir,
      DATABASE_URL: database.connectionString,
    }),
    io,
  )
  const admin = clientOf(program.url, program.adminToken)
  return {
    program,
    heard: io,
    admin,
    anonymous: clientOf(program.url, undefined),
    ...operating(admin),
    ...atTheCloud(clientOf(program.simulatorUrl ?? '', 'any')),
    close: async () => {
      await program.stop()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

type Operating = 'run' | 'ended' | 'sync' | 'detect' | 'drift' | 'droplets' | 'resources'

/** What an operator does, over HTTP. */
function operating(admin: Client): Pick<Journey, Operating> {
  const ended: Journey['ended'] = (id) =>
    until(
      `saga ${id} has ended`,
      () => admin.get(`/api/v1/sagas/${id}`, sagaSchema),
      ({ status }) => /^(completed|rolled_back|failed|parked)$/.test(status),
    )
  const started = async (path: string, body?: object): Promise<Saga> => {
    const answer = await admin.call('POST', path, body)
    if (answer.status !== 201 && answer.status !== 202) {
      throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    }
    return ended(sagaSchema.parse(answer.body).id)
  }
  const resources: Journey['resources'] = async (kind) => {
    const path = `/api/v1/resources?kind=${kind}&limit=200`
    return (await admin.get(path, pageSchema(resourceSchema))).data
  }
  return {
    ended,
    run: (body) => started('/api/v1/sagas', body),
    sync: async () => {
      const { context } = await started('/api/v1/sync')
      await ended(z.object({ detection_saga_id: z.uuid() }).parse(context).detection_saga_id)
    },
    detect: () => started('/api/v1/drift/detect'),
    drift: async (query = '') =>
      (await admin.get(`/api/v1/drift${query}`, pageSchema(driftSchema))).data,
    resources,
    droplets: async () => (await resources('droplet')).filter(({ status }) => status === 'active'),
  }
}

/** What the cloud says by itself, and what others do to it. */
function atTheCloud(cloud: Client): Pick<Journey, 'snapshots' | 'cloudWrites' | 'changeDroplet'> {
  return {
    snapshots: async () => (await cloud.get('/v2/snapshots?per_page=200', snapshots)).snapshots,
    cloudWrites: async () => {
      const found = await cloud.get('/_simulator/requests', requests)
      return found.requests
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path }) => `${method} ${path}`)
    },
    changeDroplet: async (externalId, change) => {
      const { status } = await cloud.call('POST', `/_simulator/droplets/${externalId}`, change)
      if (status !== 200) throw new Error(`the simulator answered ${status}`)
    },
  }
}
