import type { Engine } from '@arcadia-cloud/saga'
import { sql } from 'kysely'
import { type Db, inTransaction } from '../../database/index.ts'
import { type JsonObject, kindOf, specOf } from '../../kinds/index.ts'
import { type PreparedSpec, prepareLive } from './record.ts'

/** Which resources, and how. */
export interface BaselineOptions {
  readonly accountId?: string | undefined
  readonly kind?: string | undefined
  readonly tag?: string | undefined
  readonly region?: string | undefined
  /** `*` stands for any text, `?` for any character; case counts. */
  readonly name?: string | undefined
  /** Writes the specs there are anew, too: those that ArcadiaCloud owns. */
  readonly overwrite?: boolean | undefined
  /** Gives the same figures and writes nothing. */
  readonly dryRun?: boolean | undefined
  readonly actor: string
  /** Stops between two batches; what was recorded stays recorded. */
  readonly signal?: AbortSignal | undefined
}

/** Why a resource was passed over. */
export type BaselineSkip = 'has_spec' | 'owned_elsewhere' | 'locked' | 'nothing_managed'

/** What became, or would become, what is asked for. */
export interface BaselineSample {
  readonly resource_id: string
  readonly kind: string
  readonly name: string | null
  readonly spec: JsonObject
}

export interface BaselineResult {
  readonly dry_run: boolean
  /** Live resources that the filters let through. */
  readonly matched: number
  readonly recorded: number
  readonly skipped: { readonly [Reason in BaselineSkip]: number }
  /** The first few, with their specs. */
  readonly sample: readonly BaselineSample[]
}

export interface BaselineDeps {
  readonly db: Db
  /** What a saga is changing is no baseline. */
  readonly locks: Pick<Engine, 'lockHolders'>
}

interface Candidate {
  readonly id: string
  readonly kind: string
  readonly name: string | null
  readonly attrs: JsonObject
  readonly lock_key: string
  readonly owner: string | null
}

interface Ready extends PreparedSpec {
  readonly resource_id: string
}

const batchSize = 500
const sampleSize = 10

/**
 * Makes what is live what is asked for: every managed field that the last reading shows. In
 * batches, each a transaction of its own, so that an estate of any size needs little memory and
 * repeating it after a crash goes on where it was.
 */
export async function baseline(
  deps: BaselineDeps,
  options: BaselineOptions,
): Promise<BaselineResult> {
  const tally = {
    matched: 0,
    recorded: 0,
    skipped: { has_spec: 0, owned_elsewhere: 0, locked: 0, nothing_managed: 0 },
    sample: [] as BaselineSample[],
  }
  for (let after: string | undefined; ; ) {
    options.signal?.throwIfAborted()
    const batch = await inTransaction(deps.db, (tx) => takeBatch(deps, tx, options, after))
    tally.matched += batch.matched
    tally.recorded += batch.recorded
    for (const reason of batch.skipped) tally.skipped[reason] += 1
    tally.sample.push(...batch.sample.slice(0, sampleSize - tally.sample.length))
    if (batch.last === undefined) break
    after = batch.last
  }
  const result = { dry_run: options.dryRun === true, ...tally }
  if (!result.dry_run) await audit(deps.db, options, result)
  return result
}

interface Batch {
  readonly matched: number
  readonly recorded: number
  readonly skipped: readonly BaselineSkip[]
  readonly sample: readonly BaselineSample[]
  /** Where the next batch begins; undefined after the last. */
  readonly last: string | undefined
}

async function takeBatch(
  deps: BaselineDeps,
  tx: Db,
  options: BaselineOptions,
  after: string | undefined,
): Promise<Batch> {
  const candidates = await candidatesAfter(tx, options, after)
  const holders = await deps.locks.lockHolders(candidates.map(({ lock_key: key }) => key))
  const locked = new Set(holders.map(({ key }) => key))
  const skipped: BaselineSkip[] = []
  const ready: Ready[] = []
  const sample: BaselineSample[] = []
  for (const candidate of candidates) {
    const { id, kind, name, attrs } = candidate
    const prepared = prepareLive(kind, specOf(kindOf(kind), attrs))
    const { spec } = prepared
    const reason = skipOf(candidate, spec, locked, options)
    if (reason !== undefined) {
      skipped.push(reason)
      continue
    }
    ready.push({ resource_id: id, ...prepared })
    sample.push({ resource_id: id, kind, name, spec })
  }
  if (options.dryRun !== true) await recordAll(tx, ready, options.actor)
  const last = candidates.length < batchSize ? undefined : candidates.at(-1)?.id
  return { matched: candidates.length, recorded: ready.length, skipped, sample, last }
}

function skipOf(
  { owner, lock_key: key }: Candidate,
  spec: JsonObject,
  locked: ReadonlySet<string>,
  { overwrite = false }: BaselineOptions,
): BaselineSkip | undefined {
  if (owner !== null && owner !== 'arcadia') return 'owned_elsewhere'
  if (owner !== null && !overwrite) return 'has_spec'
  if (locked.has(key)) return 'locked'
  return Object.keys(spec).length === 0 ? 'nothing_managed' : undefined
}

/** Locked until the transaction ends: nobody records, or rewrites, what is being taken over. */
async function candidatesAfter(
  tx: Db,
  options: BaselineOptions,
  after: string | undefined,
): Promise<readonly Candidate[]> {
  const { accountId, kind, tag, region, name, dryRun = false } = options
  const query = tx
    .selectFrom('cloud_resources as r')
    .leftJoin('cloud_provisioned as p', 'p.resource_id', 'r.id')
    .select(['r.id', 'r.kind', 'r.name', 'r.attrs', 'p.owner'])
    .select(sql<string>`r.account_id || '/' || r.kind || '/' || r.external_id`.as('lock_key'))
    .where('r.deleted_at', 'is', null)
    .$if(accountId !== undefined, (q) => q.where('r.account_id', '=', accountId ?? ''))
    .$if(kind !== undefined, (q) => q.where('r.kind', '=', kind ?? ''))
    .$if(region !== undefined, (q) => q.where('r.region', '=', region?.toLowerCase() ?? ''))
    .$if(tag !== undefined, (q) =>
      q.where(
        sql<boolean>`exists (select from unnest(r.tags) t where lower(t) = lower(${tag ?? ''}))`,
      ),
    )
    .$if(name !== undefined, (q) => q.where('r.name', 'like', likePattern(name ?? '')))
    .$if(after !== undefined, (q) => q.where('r.id', '>', after ?? ''))
    .$if(!dryRun, (q) => q.forShare('r'))
    .orderBy('r.id')
    .limit(batchSize)
  return query.execute()
}

/** A pattern with `*` and `?`, as SQL writes it. */
export function likePattern(pattern: string): string {
  return pattern
    .replaceAll(/[\\%_]/g, (character) => `\\${character}`)
    .replaceAll('*', '%')
    .replaceAll('?', '_')
}

/** One statement a batch; a spec that somebody else wrote since the batch was read is left alone. */
async function recordAll(tx: Db, ready: readonly Ready[], actor: string): Promise<void> {
  if (ready.length === 0) return
  await sql`
    with written as (
      insert into arcadia.cloud_provisioned as p (resource_id, account_id, spec, canonical,
        canonical_version, spec_hash, spec_version, source, actor, written_at)
      select r.id, r.account_id, i.spec, i.canonical, i."canonicalVersion", i."specHash",
        1 + coalesce((select max(v.spec_version) from arcadia.cloud_provisioned_versions v
          where v.resource_id = r.id), 0),
        'baseline', ${actor}, clock_timestamp()
      from jsonb_to_recordset(${JSON.stringify(ready)}::jsonb) as i(resource_id uuid, spec jsonb,
        canonical jsonb, "canonicalVersion" int, "specHash" text)
      join arcadia.cloud_resources r on r.id = i.resource_id
      order by r.id
      on conflict (resource_id) do update set
        spec = excluded.spec, canonical = excluded.canonical,
        canonical_version = excluded.canonical_version, spec_hash = excluded.spec_hash,
        spec_version = p.spec_version + 1, saga_id = null, source = excluded.source,
        actor = excluded.actor, written_at = clock_timestamp()
      where p.owner = 'arcadia'
      returning p.*
    ), kept as (
      insert into arcadia.cloud_provisioned_versions
        (resource_id, spec_version, spec, source, owner, actor, written_at)
      select resource_id, spec_version, spec, source, owner, actor, written_at from written
    )
    insert into arcadia.cloud_resource_events (resource_id, type, detail, actor)
    select resource_id, 'provisioned', jsonb_build_object('spec_version', spec_version,
      'source', source, 'owner', owner), actor
    from written`.execute(tx)
}

async function audit(db: Db, options: BaselineOptions, result: BaselineResult): Promise<void> {
  const { actor, signal: _, dryRun: __, ...filters } = options
  const { matched, recorded, skipped } = result
  const detail = JSON.stringify({ ...filters, matched, recorded, skipped })
  await db
    .insertInto('audit_log')
    .values({ actor, action: 'baseline', target: null, detail })
    .execute()
}
