import { setTimeout as delay } from 'node:timers/promises'
import { type Engine, hasEnded, type Log, type Run } from '@arcadia-cloud/saga'
import type { Db, ResourceRow } from '../database/index.ts'
import { listResources } from '../inventory/index.ts'
import type { Json } from '../kinds/index.ts'
import { baseline, provisionedSpec } from '../provisioning/index.ts'
import { isMarked, mark } from './marks.ts'

/** What the first look at a simulated cloud is prepared with. */
export interface FirstStart {
  readonly db: Db
  readonly engine: Engine
  readonly accountId: string
  readonly simulatorUrl: string
  readonly log: Log
  readonly signal: AbortSignal
}

/** Who does it, in runs, specs and events. */
const actor = 'first-start'
const patienceMs = 120_000
const lookMs = 50

/**
 * Gives a fresh simulator something to show: its fleet becomes what was asked for, and two droplets
 * are then changed behind our back and found by a sync and a sweep. Each part may be repeated
 * without harm, so that one that was killed half-way goes on at the next start; done once, it is
 * never done again.
 * @returns whether it was done now
 */
export async function prepareFirstStart(start: FirstStart): Promise<boolean> {
  const { db, accountId, log } = start
  const target = `account/${accountId}`
  if (await isMarked(db, actor, target)) return false
  log.debug({}, 'first start: reading the fleet')
  await finish(start, 'sync', 'sync_account')
  log.debug({}, 'first start: recording it as what is asked for')
  await recordBaseline(start)
  log.debug({}, 'first start: changing two droplets behind our back')
  await changeBehindOurBack(start)
  log.debug({}, 'first start: noticing that')
  const sync = await finish(start, 'sync-again', 'sync_account')
  await awaitSweepAfter(start, sync)
  await mark(db, actor, target)
  return true
}

/** Starts a run under a key of its own, and waits for its end; one that failed is begun anew. */
async function finish(start: FirstStart, part: string, kind: string): Promise<Run> {
  const { engine, accountId, signal } = start
  for (let attempt = 1; ; attempt += 1) {
    const key = `${actor}/${accountId}/${part}/${attempt}`
    const started = await engine.startKind(kind, { account_id: accountId }, { key, actor })
    const run = await ended(engine, started.run, signal)
    if (run.status === 'completed') return run
    if (started.created) {
      throw new Error(`saga ${run.id} (${kind}) ended ${run.status}: ${run.error?.reason}`)
    }
  }
}

/** The sweep that a sync has started is the one that finds the differences. */
async function awaitSweepAfter(start: FirstStart, { context }: Run): Promise<void> {
  const { engine, signal } = start
  const id = context['detection_saga_id']
  if (typeof id === 'string') {
    const { run } = await engine.get(id)
    if ((await ended(engine, run, signal)).status === 'completed') return
  }
  await finish(start, 'detect', 'detect_drift')
}

async function ended(engine: Engine, first: Run, signal: AbortSignal): Promise<Run> {
  const end = performance.now() + patienceMs
  let run = first
  while (!hasEnded(run.status)) {
    if (performance.now() > end) throw new Error(`saga ${run.id} (${run.kind}) takes too long`)
    await delay(lookMs, undefined, { signal })
    run = (await engine.get(run.id)).run
  }
  return run
}

/** What has a spec already, from a start that was killed, keeps it. */
async function recordBaseline({ db, engine, accountId, signal }: FirstStart): Promise<void> {
  await baseline({ db, locks: engine }, { accountId, actor, signal })
}

/**
 * One droplet gets another size and one another name. What they get is made of what was asked for,
 * not of what is there, so that doing it twice is doing it once.
 */
async function changeBehindOurBack(start: FirstStart): Promise<void> {
  const { db, accountId } = start
  const page = await listResources(db, { kind: 'droplet', accountId, limit: 50 })
  const [resized, renamed] = page.data
  if (resized === undefined || renamed === undefined) return
  const size = (await specOf(db, resized))['size_slug']
  await change(start, resized, { size_slug: anotherSize(size) })
  const name = (await specOf(db, renamed))['name']
  if (typeof name === 'string') await change(start, renamed, { name: anotherName(name) })
}

async function specOf(db: Db, { id }: ResourceRow): Promise<{ readonly [field: string]: Json }> {
  return (await provisionedSpec(db, id))?.spec ?? {}
}

function anotherSize(asked: Json | undefined): string {
  return asked === 's-4vcpu-8gb' ? 's-8vcpu-16gb' : 's-4vcpu-8gb'
}

/** `web-01.fra1` becomes `web-01-old.fra1`. */
function anotherName(asked: string): string {
  const [host = asked, ...domain] = asked.split('.')
  return [`${host}-old`, ...domain].join('.')
}

async function change(
  { simulatorUrl, signal }: FirstStart,
  { external_id: id }: ResourceRow,
  body: { readonly [field: string]: string },
): Promise<void> {
  const answer = await fetch(`${simulatorUrl}/_simulator/droplets/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
  await answer.body?.cancel()
  // Gone since it was listed: then there is nothing to change.
  if (!answer.ok && answer.status !== 404) {
    throw new Error(`the simulator refused to change droplet ${id}: ${answer.status}`)
  }
}
