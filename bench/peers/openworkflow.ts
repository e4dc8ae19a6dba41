import { OpenWorkflow } from 'openworkflow'
import { BackendPostgres } from 'openworkflow/postgres'
import postgres from 'postgres'
import { type Participant, serve } from '../participants/participant.ts'
import type { Setup } from '../participants/protocol.ts'

const poolSize = 20
/**
 * Each free slot asks for work by a query of its own, so there are no more than can be in use. 100
 * was faster than 10 (which its documentation begins with) and 50.
 */
const most = 100

async function open({ connection }: Setup): Promise<Participant> {
  const { host, port, user, password = '', database } = connection
  // A URL of postgres.js has no room for the folder of a socket.
  Object.assign(process.env, { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password })
  // Makes the schema; its own pool cannot be given a size.
  const migrating = await BackendPostgres.connect(`postgresql:///${database}`)
  await migrating.stop()
  // With the names that it reads rows by: as its own pool is made.
  const sql = postgres({
    database,
    max: poolSize,
    transform: { column: { from: postgres.toCamel } },
  })
  const { backend, completion } = watched(BackendPostgres.fromPool(sql))
  const ow = new OpenWorkflow({ backend })
  const three = ow.defineWorkflow({ name: 'three' }, async ({ step }) => {
    for (const name of ['one', 'two', 'three']) await step.run({ name }, async () => {})
  })
  let worker = ow.newWorker()
  return {
    settings: {
      poolSize,
      'worker concurrency': `as many as are in flight, ${most} at most`,
      completion: "seen at the worker's commit, rather than by its handle's poll of 1 s",
    },
    async expect(concurrency) {
      await worker.stop()
      worker = ow.newWorker({ concurrency: Math.min(concurrency, most) })
      await worker.start()
    },
    async run() {
      const { workflowRun } = await three.run()
      await completion(workflowRun.id)
    },
    async close() {
      await worker.stop()
      await backend.stop()
    },
  }
}

/**
 * A backend that tells when it has committed a completion. The handle's `result()` polls once a
 * second, and closed loops would measure that.
 */
function watched(backend: BackendPostgres) {
  const endings = new Map<string, (() => void) | 'ended'>()
  const complete = backend.completeWorkflowRun.bind(backend)
  backend.completeWorkflowRun = async (params) => {
    const run = await complete(params)
    const waiting = endings.get(run.id)
    if (typeof waiting === 'function') waiting()
    endings.set(run.id, 'ended')
    return run
  }
  return {
    backend,
    async completion(id: string): Promise<void> {
      if (!endings.has(id)) await new Promise<void>((resolve) => endings.set(id, resolve))
      endings.delete(id)
    },
  }
}

await serve(open)
