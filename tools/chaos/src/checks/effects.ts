import type { Breach } from './breach.ts'
import type { Evidence, RunFact, StepFact } from './evidence.ts'

/** Something in the cloud that was not there before. */
interface Standing {
  readonly what: 'droplet' | 'snapshot' | 'tag'
  readonly id: string
  /** What marks it: a name or tags. */
  readonly marks: readonly string[]
}

/** A row of the ledger that is about the cloud, with its run. */
interface Maker {
  readonly run: RunFact
  readonly step: StepFact
  readonly makes: Standing['what']
  /** Of what it has made; undefined while it does not know. */
  readonly id: string | undefined
}

/**
 * Whether the cloud holds exactly what the ledgers say: of a completed run each effect once, of one
 * that was rolled back none, of a parked one at most what its ledger names.
 */
export function checkEffects(evidence: Evidence): readonly Breach[] {
  const makers = makersOf(evidence)
  const standing = standingIn(evidence)
  const byId = new Map(
    makers.flatMap((maker) => (maker.id ? [[refOf(maker.makes, maker.id), maker]] : [])),
  )
  const byKey = new Map(makers.map((maker) => [maker.step.key, maker]))
  const breaches: Breach[] = []
  for (const thing of standing) {
    const maker =
      byId.get(refOf(thing.what, thing.id)) ??
      thing.marks.map((mark) => byKey.get(mark)).find((found) => found !== undefined)
    const what = maker === undefined ? 'nobody has made it' : wrongAbout(thing, maker)
    if (what === undefined) continue
    const runId = maker === undefined ? {} : { runId: maker.run.id }
    breaches.push({ check: 'effects', ...runId, what: `${nameOf(thing)}: ${what}` })
  }
  const there = new Set(standing.map(({ what, id }) => refOf(what, id)))
  for (const { run, step, makes, id } of makers) {
    if (step.status !== 'completed') continue
    if (id !== undefined && there.has(refOf(makes, id))) continue
    const what = `its step ${step.idx} (${step.name}) is completed, and ${makes} ${id ?? ''} is not there`
    breaches.push({ check: 'effects', runId: run.id, what })
  }
  return [...breaches, ...lost(evidence)]
}

function refOf(what: string, id: string): string {
  return `${what} ${id}`
}

function nameOf({ what, id, marks }: Standing): string {
  return `${what} ${id}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`
}

/** Why something must not stand; undefined: it may. */
function wrongAbout(
  { what, id }: Standing,
  { run, step, makes, id: own }: Maker,
): string | undefined {
  const where = `step ${step.idx} (${step.name}, ${step.status}) of a run that is ${run.status}`
  // The tag of a droplet goes with it.
  const isIt = what !== makes || own === undefined || own === id
  switch (run.status) {
    case 'completed':
      if (what === 'tag' && makes === 'droplet' && isShipped(step)) return `left on by ${where}`
      return isIt ? undefined : `made a second time, beside ${own}, by ${where}`
    case 'parked':
    case 'failed':
    // For a child that is parked, or for the lock of a run that is.
    case 'waiting':
      return mayStand.includes(step.status) ? undefined : `left behind by ${where}`
    default:
      return `left behind by ${where}`
  }
}

/** As a ledger names what may be there. */
const mayStand = [
  'running',
  'waiting',
  'unknown',
  'completed',
  'compensating',
  'compensation_failed',
  'undo_skipped',
]

/** The shipped saga takes the tag off again by which it finds its droplet. */
function isShipped({ name }: StepFact): boolean {
  return name === 'create_droplet'
}

function makersOf({ runs, steps }: Evidence): readonly Maker[] {
  const runOf = new Map(runs.map((run) => [run.id, run]))
  return steps.flatMap((step): Maker[] => {
    const run = runOf.get(step.runId)
    // What a child has made is in the child's ledger.
    if (run === undefined || run.plan[step.idx]?.kind === 'child') return []
    const made = madeBy(step)
    return made === undefined ? [] : [{ run, step, ...made }]
  })
}

function madeBy(step: StepFact): Pick<Maker, 'makes' | 'id'> | undefined {
  const { name, key, output, receipt } = step
  const named = (member: string) => memberOf(output, member) ?? memberOf(receipt, member)
  switch (name) {
    case 'create_droplet':
    case 'make_droplet':
      return { makes: 'droplet', id: named('droplet_id') }
    case 'create_droplet_snapshot':
      return { makes: 'snapshot', id: named('snapshot_id') }
    default:
      return key.startsWith('chaos-tag-') ? { makes: 'tag', id: key } : undefined
  }
}

function memberOf(value: unknown, member: string): string | undefined {
  const found = Object.entries(Object(value)).find(([name]) => name === member)?.[1]
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined
}

function standingIn({ before, after }: Evidence): readonly Standing[] {
  const known = new Set([
    ...before.droplets.map(({ id }) => refOf('droplet', id)),
    ...before.snapshots.map(({ id }) => refOf('snapshot', id)),
    ...before.tags.map((tag) => refOf('tag', tag)),
  ])
  const all: readonly Standing[] = [
    ...after.droplets.map(({ id, tags }) => ({ what: 'droplet' as const, id, marks: tags })),
    ...after.snapshots.map(({ id, name }) => ({ what: 'snapshot' as const, id, marks: [name] })),
    ...after.tags.map((tag) => ({ what: 'tag' as const, id: tag, marks: [tag] })),
  ]
  return all.filter(({ what, id }) => !known.has(refOf(what, id)))
}

/** What was there before, and that no saga was to touch. */
function lost({ before, after }: Evidence): readonly Breach[] {
  const there = new Set([
    ...after.droplets.map(({ id }) => refOf('droplet', id)),
    ...after.snapshots.map(({ id }) => refOf('snapshot', id)),
    ...after.tags.map((tag) => refOf('tag', tag)),
  ])
  const known = [
    ...before.droplets.map(({ id }) => refOf('droplet', id)),
    ...before.snapshots.map(({ id }) => refOf('snapshot', id)),
    ...before.tags.map((tag) => refOf('tag', tag)),
  ]
  return known
    .filter((ref) => !there.has(ref))
    .map((ref) => ({ check: 'effects', what: `${ref} was there before, and is gone` }))
}
