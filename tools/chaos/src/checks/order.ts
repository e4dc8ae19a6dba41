import type { Breach } from './breach.ts'
import type { Evidence, RunFact, StepFact } from './evidence.ts'

/**
 * Whether locks have kept runs apart: each that was to change a value has found what the one before
 * it had left.
 */
export function checkOrder(evidence: Evidence): readonly Breach[] {
  return [...checkNames(evidence), ...checkCounters(evidence)]
}

/** The names of each droplet make one chain, from the name it had to the name it has. */
function checkNames({ runs, steps, before, after }: Evidence): readonly Breach[] {
  const stepsOf = Map.groupBy(steps, ({ runId }) => runId)
  const renames = Map.groupBy(
    runs.filter(({ kind }) => kind === 'rename_droplet'),
    ({ inputs }) => String(inputs['droplet_id']),
  )
  const nameAfter = new Map(after.droplets.map(({ id, name }) => [id, name]))
  return before.droplets.flatMap(({ id, name }) => {
    const all = renames.get(id) ?? []
    // Whoever is parked may have renamed it, or not.
    if (all.some(({ status, ended }) => !ended || status === 'failed')) return []
    const done = all.filter(({ status }) => status === 'completed')
    return chain(id, name, nameAfter.get(id), done, stepsOf)
  })
}

function chain(
  id: string,
  first: string,
  last: string | undefined,
  done: readonly RunFact[],
  stepsOf: ReadonlyMap<string, readonly StepFact[]>,
): readonly Breach[] {
  const breach = (what: string, runId?: string): Breach => ({
    check: 'order',
    what: `droplet ${id}: ${what}`,
    ...(runId === undefined ? {} : { runId }),
  })
  const byName = new Map<string, RunFact>()
  for (const run of done) {
    const name = nameBefore(stepsOf.get(run.id) ?? [])
    const other = byName.get(name)
    if (other !== undefined) {
      return [breach(`both this run and ${other.id} found it named "${name}"`, run.id)]
    }
    byName.set(name, run)
  }
  let name = first
  for (let links = 0; links < done.length; links += 1) {
    const run = byName.get(name)
    if (run === undefined) return [breach(`nobody has found it named "${name}", as it once was`)]
    name = String(run.inputs['name'])
  }
  return name === last ? [] : [breach(`it is named "${last}", and should be "${name}"`)]
}

function nameBefore(ledger: readonly StepFact[]): string {
  const output = ledger.find(({ name }) => name === 'read_droplet')?.output
  return String(Object.entries(Object(output)).find(([name]) => name === 'name_before')?.[1])
}

/** Each counter counts the completed runs that were to count it up. */
function checkCounters({ runs, marks, counters }: Evidence): readonly Breach[] {
  const locking = runs.filter(({ kind }) => kind === 'chaos_locks')
  const marked = Map.groupBy(marks, ({ runId }) => runId)
  const ofMarks = locking.flatMap(({ id, status, ended }): Breach[] => {
    const found = marked.get(id)?.length ?? 0
    const fits = !ended || found === (status === 'completed' ? 1 : 0)
    const what = `it is ${status}, and its SQL has taken effect ${found} times`
    return fits ? [] : [{ check: 'order', runId: id, what }]
  })
  const open = locking.filter(({ ended }) => !ended)
  const ofCounters = [...counters].flatMap(([key, value]): Breach[] => {
    if (open.some((run) => counts(run, key))) return []
    const done = locking.filter((run) => run.status === 'completed' && counts(run, key)).length
    const what = `the counter ${key} is ${value}, after ${done} runs that counted it up`
    return value === done ? [] : [{ check: 'order', what }]
  })
  return [...ofMarks, ...ofCounters]
}

function counts({ inputs }: RunFact, key: string): boolean {
  const { keys } = inputs
  return Array.isArray(keys) && keys.includes(key)
}
