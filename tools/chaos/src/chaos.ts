import {
  type Breach,
  type Evidence,
  findBreaches,
  readDatabase,
  viewCloud,
} from './checks/index.ts'
import { drained } from './drain.ts'
import type { ChaosOptions } from './options.ts'
import { planOf } from './plan.ts'
import { cloudFaults } from './processes/cloud-faults.ts'
import { openScene, type Scene } from './scene.ts'
import { Storm } from './storm.ts'
import { Tally } from './tally.ts'

/** What came of it. */
export interface Outcome {
  readonly faults: Tally
  readonly evidence: Evidence
  readonly breaches: readonly Breach[]
  /** Where data and logs are kept: if there is a breach, or they were asked for. */
  readonly kept: string | undefined
  readonly drainMs: number
}

export interface ChaosRun {
  readonly options: ChaosOptions
  readonly signal: AbortSignal
  /** Told what happens now, in a line. */
  readonly say: (line: string) => void
  /** Told of every breach, while all that there is to see is still there. */
  readonly onBreach: (breach: Breach, scene: Scene) => Promise<void>
}

/** Starts it all, makes it fail, lets it come to rest, and looks at what is left. */
export async function runChaos(run: ChaosRun): Promise<Outcome> {
  const { options, signal, say } = run
  const faults = new Tally()
  const unexpected: Breach[] = []
  say(`seed ${options.seed}: starting PostgreSQL, the cloud and ${options.workers} workers`)
  const scene = await openScene(options, (what) => unexpected.push({ check: 'workers', what }))
  let keep = false
  try {
    await weather(run, scene, faults)
    say('everything is whole again; waiting until every saga has ended or is parked')
    const from = performance.now()
    await drained(scene.estate.pool, { seconds: options.drainSeconds, signal })
    const drainMs = performance.now() - from
    unexpected.push(...(await endWorkers(scene)))
    const evidence = await collect(scene, options)
    const breaches = [...unexpected, ...findBreaches(evidence)]
    keep = options.keep || breaches.length > 0
    for (const breach of breaches) await run.onBreach(breach, scene)
    return { faults, evidence, breaches, kept: keep ? scene.folder : undefined, drainMs }
  } finally {
    await scene.close({ keep })
  }
}

/** The time in which sagas are started and things fail. */
async function weather({ options, signal, say }: ChaosRun, scene: Scene, faults: Tally) {
  const { seconds, leaseMs } = options
  const plan = planOf(options, scene.targets)
  if (options.faults.cloud) for (const fault of cloudFaults) await scene.simulator.addFault(fault)
  say(`${plan.sagas.length} sagas and ${plan.faults.length} faults in ${seconds} seconds`)
  const storm = new Storm(scene, { tally: faults, leaseMs, signal })
  await storm.run(plan.faults, plan.sagas, seconds * 1_000)
  for (const [kind, count] of await scene.simulator.clearFaults()) {
    faults.add(cloudWords[kind] ?? `cloud: ${kind}`, count)
  }
  await Promise.all(scene.workers.map((worker) => worker.settled()))
}

const cloudWords: Readonly<Record<string, string>> = {
  error: 'cloud: errors answered',
  lost: 'cloud: answers lost',
  cut: 'cloud: answers cut short',
  refused: 'cloud: connections refused',
  latency: 'cloud: slow answers',
  errored: 'cloud: actions that erred',
}

/** One after the other, as in a deployment: what the one leaves another takes up. */
async function endWorkers({ workers }: Scene): Promise<readonly Breach[]> {
  const breaches: Breach[] = []
  for (const worker of workers) {
    const ended = await worker.end()
    if (ended?.code === 0) continue
    const how = ended === undefined ? 'was not there' : `ended with ${ended.signal ?? ended.code}`
    breaches.push({ check: 'workers', what: `${worker.name}, told to end, ${how}` })
  }
  return breaches
}

async function collect(scene: Scene, options: ChaosOptions): Promise<Evidence> {
  const { estate, before, targets } = scene
  return {
    ...(await readDatabase(estate.pool)),
    keys: planOf(options, targets).sagas.map(({ key }) => key),
    before,
    after: await viewCloud(estate.client),
  }
}
