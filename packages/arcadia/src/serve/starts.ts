import type { Engine, Queryable, Run, Started } from '@arcadia-cloud/saga'
import type { Pool } from 'pg'
import { resolveAccount, WritesRefused } from '../accounts/index.ts'
import { databaseOver } from '../database/index.ts'
import type { SagaStarts, StartedBy } from '../http/index.ts'
import { type JsonObject, kinds, stableText } from '../kinds/index.ts'
import { writesToCloud } from '../provisioning/index.ts'
import { type ChangesDeps, refusalOfChanges } from './changes.ts'

export interface StartsDeps extends ChangesDeps {
  readonly pool: Pool
  readonly engine: Engine
}

/** The rules about when a saga may be started; see {@link SagaStarts}. */
export function createStarts(deps: StartsDeps): SagaStarts {
  const { db, engine } = deps
  return {
    kind(kind, input, by) {
      const options = optionsOf(by)
      if (!writesToCloud(kind)) return engine.startKind(kind, input, options)
      return startIfAllowed(deps, (tx) => engine.startKind(kind, input, { ...options, tx }))
    },
    steps(steps, input, by) {
      const options = optionsOf(by)
      if (!writesToCloud(steps.map(({ name }) => name))) {
        return engine.startAdHoc(steps, input, options)
      }
      return startIfAllowed(deps, (tx) => engine.startAdHoc(steps, input, { ...options, tx }))
    },
    async sync({ accountId, kinds: asked, allowMassDeletion, actor }) {
      const { id } = await resolveAccount(db, accountId)
      const names = kinds.map(({ name }) => name).filter((name) => asked?.includes(name))
      return startOrJoin(engine, 'sync_account', actor, {
        account_id: id,
        ...(asked === undefined ? {} : { kinds: names }),
        ...(allowMassDeletion === true ? { allow_mass_deletion: true } : {}),
      })
    },
    async detection({ accountId, actor }) {
      const { id } = await resolveAccount(db, accountId)
      return startOrJoin(engine, 'detect_drift', actor, { account_id: id })
    },
  }
}

function optionsOf({ actor, key, priority }: StartedBy) {
  return {
    actor,
    ...(key === undefined ? {} : { key }),
    ...(priority === undefined ? {} : { priority }),
  }
}

/**
 * Starts in a transaction and looks, inside it, whether the accounts it would change may be: if not,
 * nothing was ever there. So input is judged before permission, and a repeated key gives its run
 * even when everything was frozen since.
 */
async function startIfAllowed(
  { pool, engine, ...changes }: StartsDeps,
  start: (tx: Queryable) => Promise<Started>,
): Promise<Started> {
  const client = await pool.connect()
  let broken: Error | undefined
  let started: Started
  try {
    await client.query('begin')
    started = await start(client)
    if (started.created) {
      const tx = databaseOver(client)
      const refusal = await refusalOfChanges(changes, started.run, { tx })
      if (refusal !== undefined) throw new WritesRefused(refusal)
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
  await engine.wake()
  return started
}

/**
 * The run of this kind and input that has yet to begin, or a new one. One that is under way may have
 * read past what the caller wants to have seen.
 */
async function startOrJoin(
  engine: Engine,
  kind: string,
  actor: string,
  input: JsonObject,
): Promise<Run> {
  const pages = await Promise.all([
    engine.list({ kind, status: 'pending' }),
    engine.list({ kind, status: 'waiting' }),
  ])
  const wanted = stableText(input)
  const ahead = pages
    .flatMap(({ data }) => data)
    .find((run) => {
      const hasYetToBegin = run.status === 'pending' || run.waitsFor === 'lock'
      return hasYetToBegin && stableText({ ...run.inputs }) === wanted
    })
  return ahead ?? (await engine.startKind(kind, input, { actor })).run
}
