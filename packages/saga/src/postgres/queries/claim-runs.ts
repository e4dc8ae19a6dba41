import type { Limits } from '../../engine/limits.ts'
import type { ClaimedRun, Known } from '../../engine/store.ts'
import { Growth, named } from '../prepared.ts'
import { ms, type RunRow, runColumns, type StepRow, toRun, toStep } from '../rows.ts'
import { json, nowParameter, nowSql, type Session } from '../sql.ts'
import { listSignals } from './list-signals.ts'

export interface ClaimParams extends Known {
  readonly worker: string
  readonly name: string
  readonly limit: number
  readonly limits?: Limits
}

/** Of what there is of every row, whether anything was claimed or not. */
interface Claim {
  claimed_at: Date
  more: boolean
  bytes: string | null
}

type ClaimedRow = RunRow & Claim & { interrupted_at: Date | null }

/** Claims runs; see {@link Store.claimRuns}. */
type ClaimRuns = (
  session: Session,
  params: ClaimParams,
  exclusively: Exclusively,
) => Promise<{ runs: readonly ClaimedRun[]; more: boolean; now: number }>

/** Runs work in a transaction of its own and commits it. */
export type Exclusively = <T>(work: (session: Session) => Promise<T>) => Promise<T>

/**
 * Gives the query that claims runs that are due, have unread signals, or whose worker's lease is over.
 *
 * Candidates are looked up without a lock, put in order, and only as many as can run are locked.
 * Of what is due the order says how many of each lane: SKIP LOCKED then takes the oldest that no
 * other worker is claiming just now, so that workers who look at once do not all want the same. A
 * claim counts the epoch up: from then on, nothing that the holder before still sends is written.
 *
 * Each lane is one probe of the index of lanes: with 7 kinds a claim that finds nothing touches some
 * 80 pages, were there a hundred thousand runs that have ended, sleep, or that nobody knows. To plan
 * it takes longer than that, so it is prepared; see {@link Growth}.
 */
export function runClaimer(): ClaimRuns {
  const growth = new Growth()
  return async (session, params, exclusively) => {
    const rows =
      params.limits === undefined
        ? await claim(session, params, growth)
        : await exclusively(async (inside) => {
            await takeTurn(inside)
            return claim(inside, params, growth)
          })
    const now = rows[0]?.claimed_at.getTime() ?? 0
    const claimed = rows.filter((row): row is ClaimedRow => row.id !== null)
    const more = rows[0]?.more === true
    return { now, more, runs: claimed.length === 0 ? [] : await withLedgers(session, claimed) }
  }
}

/**
 * Those who claim by limits take turns, each until the end of its transaction. It has to be a
 * statement of its own, before the claim: what a statement sees is settled when it begins, so one
 * that waited for the lock itself would still count the places as they were before its wait. A
 * process that is stopped between the two must not stop all the others: its session is ended.
 */
async function takeTurn(session: Session): Promise<void> {
  await session.query(
    `select set_config('idle_in_transaction_session_timeout', '5s', true),
       pg_advisory_xact_lock(hashtextextended('saga-claim', 0))`,
  )
}

async function claim(
  session: Session,
  { worker, name, kinds, steps, limit, limits }: ClaimParams,
  growth: Growth,
): Promise<(ClaimedRow | (Claim & { id: null }))[]> {
  const { rows } = await session.query<ClaimedRow | (Claim & { id: null })>(
    statement.text,
    [
      kinds.map(({ kind }) => kind),
      kinds.map(({ version }) => version),
      worker,
      name,
      limit,
      nowParameter(session),
      steps,
      limits?.total ?? null,
      limits?.kinds === undefined ? null : json(limits.kinds),
      growth.isGoingOn,
    ],
    growth.nameOf(statement),
  )
  growth.hear(rows[0]?.bytes ?? null)
  return rows
}

/**
 * The parameters, each in a select of its own: so the plan that is made for their values is no cheaper
 * than the one for any, and PostgreSQL keeps that. Planning took 4 ms, where the claim takes one.
 */
const given = {
  kinds: '(select $1::text[])',
  versions: '(select $2::int[])',
  name: '(select $4::text)',
  limit: '(select $5::int)',
  steps: '(select $7::text[])',
  total: '(select $8::int)',
  limits: '(select $9::jsonb)',
}

/** Waiting for nobody but its time: what the index of lanes has. */
const inLane = 'r.worker_id is null and r.wake_at is not null'
const mayClaim = `r.reserved in ('', ${given.name})`

/** Of an ad-hoc run every step has to be known, of a declared one its kind and version. */
const knowsSteps = `(r.kind <> 'ad_hoc' or not exists (
  select from jsonb_array_elements(r.plan) step where step ->> 'name' <> all(${given.steps}::text[])))`

/**
 * Places that are free of each kind and of all. What was orphaned has its place already; taking it
 * over only must not bring more to life than the limit says, where that was lowered.
 */
const places = `moment as materialized (select ${nowSql('$6')} as now),
held as (
  select r.kind, count(*) as all, count(*) filter (where w.lease_until >= now) as alive
  from moment, saga.saga_runs r left join saga.saga_workers w on w.id = r.worker_id
  where r.worker_id is not null and (${given.total} is not null or ${given.limits} is not null)
  group by r.kind
), free_of_kind as (
  select kind, most::int - coalesce(held.all, 0) as fresh, most::int - coalesce(alive, 0) as taken_over
  from jsonb_each_text(${given.limits}) as l (kind, most) left join held using (kind)
), free_of_all as (
  select ${given.total} - coalesce(sum(held.all), 0) as fresh, ${given.total} - coalesce(sum(alive), 0) as taken_over
  from held
)`

/**
 * What can be claimed: at most `limit` of each lane, and of each kind that a lost worker has left;
 * and of what was signalled ten times the limit, each kind having a part of that but no less than the
 * limit, the oldest signals first. So many of a kind that has no place left stand in no other's way.
 */
const candidates = `known as (
  select kind, version, min(place) over (partition by kind) as turn
  from unnest(${given.kinds}, ${given.versions}) with ordinality as k (kind, version, place)
  -- True of all, and tells the planner that they are few, here and at the shapes: at the cost that it
  -- expects of many lanes a server compiles its plans, which takes far longer than the claim.
  where place between 1 and 1000000
), shapes as (
  -- From one shape of list that waits to the next, however many runs have it.
  (select r.shape, ${knowsSteps} as known from saga.saga_runs r
   where r.kind = 'ad_hoc' and r.version = 1 and ${inLane}
   order by r.kind, r.version, r.shape limit 1)
  union all
  select next.* from shapes s cross join lateral (
    select r.shape, ${knowsSteps} from saga.saga_runs r
    where r.kind = 'ad_hoc' and r.version = 1 and r.shape > s.shape and ${inLane}
    order by r.kind, r.version, r.shape limit 1
  ) next
), lanes as materialized (
  select k.kind, k.version, k.turn, shape.shape, reserved.name as reserved, p.priority
  from known k
  cross join lateral (
    select '' as shape where k.kind <> 'ad_hoc'
    union all select s.shape from shapes s where k.kind = 'ad_hoc' and s.known and s.shape between '' and 'g'
  ) shape
  cross join (select '' union select ${given.name}) reserved (name)
  cross join (values (1), (0), (-1)) p (priority)
), due as (
  select l.*, r.wake_at as since from lanes l cross join lateral (
    select r.wake_at from saga.saga_runs r
    where r.kind = l.kind and r.version = l.version and r.shape = l.shape
      and r.reserved = l.reserved and r.priority = l.priority
      and r.worker_id is null and r.wake_at <= (select now from moment)
    -- One more than is asked for, here and below, to tell whether that is all.
    order by r.wake_at limit ${given.limit} + 1
  ) r
), kinds as materialized (
  select kind, min(turn) as turn, count(*) over () as of from known k
  where not exists (select from free_of_kind f where f.kind = k.kind and f.fresh <= 0)
  group by kind
), signalled as (
  select r.id, k.kind, r.priority, k.turn, min(r.since) as since
  from kinds k cross join lateral (
    select r.id, r.priority, s.created_at as since
    from saga.saga_signals s
    cross join lateral (
      select r.id, r.priority from saga.saga_runs r
      where r.id = s.run_id and r.worker_id is null
        and (r.ended_at is null or s.type in ('roll_back', 'stray_effect'))
        and ${mayClaim} and ${knowsSteps}
        and exists (select from known n where n.kind = r.kind and n.version = r.version)
      limit 1
    ) r
    where s.kind = k.kind and s.read_at is null and not s.early
    order by s.created_at limit greatest(${given.limit} + 1, 10 * ${given.limit} / k.of)
  ) r
  group by r.id, k.kind, r.priority, k.turn
), lost as materialized (
  select w.id, w.lease_until from saga.saga_workers w
  -- The first of its index alone: else all that anybody holds is read, and joined.
  cross join lateral (
    select from saga.saga_runs r where r.worker_id = w.id
    order by r.kind, r.version, r.priority limit 1
  ) held
  where w.lease_until < (select now from moment)
), orphaned as (
  select r.*, k.turn, l.lease_until
  from lost l cross join known k cross join lateral (
    select r.id, r.kind, r.priority, r.worker_id from saga.saga_runs r
    where r.worker_id = l.id and r.kind = k.kind and r.version = k.version
      and ${mayClaim} and ${knowsSteps}
    order by r.priority desc limit ${given.limit} + 1
  ) r
), candidates as (
  select kind, priority, turn, since, version, shape, reserved,
    null::uuid as id, null as worker_id, null::timestamptz as lease_until from due
  union all
  select kind, priority, turn, since, null, null, null, id, null, null from signalled
  union all
  select kind, priority, turn, lease_until, null, null, null, id, worker_id, lease_until
  from orphaned
)`

/** The first that there is room and a place for: by priority, then one of each kind in turn. */
const chosen = `in_kind as (
  select *, lease_until is not null as over,
    row_number() over (partition by kind, lease_until is not null order by priority desc, since)
      as place,
    row_number() over (partition by kind, priority order by since) as round
  from candidates
), in_all as (
  select c.*, row_number() over (partition by over order by priority desc, round, turn) as place_in_all
  from in_kind c left join free_of_kind f using (kind)
  where f.kind is null or c.place <= case when c.over then f.taken_over else f.fresh end
), chosen as (
  select c.* from in_all c, free_of_all f
  where f.fresh is null or place_in_all <= case when over then f.taken_over else f.fresh end
  order by priority desc, round, turn limit ${given.limit}
), shares as (
  select kind, version, shape, reserved, priority, count(*) as share from chosen
  where id is null group by kind, version, shape, reserved, priority
), from_lanes as (
  select r.id from shares s cross join lateral (
    select r.id from saga.saga_runs r
    where r.kind = s.kind and r.version = s.version and r.shape = s.shape
      and r.reserved = s.reserved and r.priority = s.priority
      and r.worker_id is null and r.wake_at <= (select now from moment)
    order by r.wake_at limit s.share
    for update skip locked
  ) r
), by_name as (
  select r.id, c.lease_until from chosen c cross join lateral (
    select r.id from saga.saga_runs r
    where r.id = c.id and r.worker_id is not distinct from c.worker_id
    for update skip locked
  ) r
), locked as (
  select id, max(lease_until) as interrupted_at
  from (select id, null::timestamptz as lease_until from from_lanes
    union all select id, lease_until from by_name) found
  group by id
)`

const statement = named(
  'saga_claim',
  `with recursive ${places}, ${candidates}, ${chosen}, claimed as (
  update saga.saga_runs r
  set worker_id = $3, epoch = r.epoch + 1, revision = r.revision + 1, wake_at = null,
    waits_for = null, started_at = coalesce(r.started_at, moment.now),
    status = case
      when r.status not in ('pending', 'waiting') then r.status
      when r.direction = 'undo' then 'compensating'
      else 'running'
    end
  from locked l, moment
  where r.id = l.id
    -- Says how few they are: else a table of some thousands is read as a whole.
    and r.id = any (array(select id from locked))
    -- A worker that slept past its lease claims nothing: nobody would take it over from it.
    and (select exists (
      select from saga.saga_workers w
      where w.id = $3 and w.lease_until >= (select now from moment)))
  returning ${runColumns('r')}, l.interrupted_at
)
select claimed.*, moment.now as claimed_at,
  (select count(*) from candidates) > (select count(*) from claimed) as more,
  (select case when $10::boolean then pg_relation_size('saga.saga_runs') end) as bytes
from moment left join claimed on true`,
)

async function withLedgers(
  session: Session,
  rows: readonly ClaimedRow[],
): Promise<readonly ClaimedRun[]> {
  const runIds = rows.map(({ id }) => id)
  // A run that is claimed for the first time has no ledger yet.
  const begun = rows.filter(({ epoch }) => epoch > 1).map(({ id }) => id)
  const { rows: steps } =
    begun.length === 0
      ? { rows: [] }
      : await session.query<StepRow>(
          `select * from saga.saga_step_results
           where saga_id = any($1::uuid[]) order by saga_id, step_idx`,
          [begun],
        )
  const signals = await listSignals(session, { runIds })
  const stepsOf = Map.groupBy(steps, ({ saga_id }) => saga_id)
  const signalsOf = Map.groupBy(signals, ({ runId }) => runId)
  return rows.map((row) => ({
    run: toRun(row),
    steps: (stepsOf.get(row.id) ?? []).map(toStep),
    signals: signalsOf.get(row.id) ?? [],
    interruptedAt: ms(row.interrupted_at),
  }))
}
