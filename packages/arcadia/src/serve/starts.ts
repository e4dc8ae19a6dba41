import {
  type Engine,
  InvalidInput,
  type Queryable,
  type Run,
  type Started,
} from '@arcadia-cloud/saga'
import type { Pool } from 'pg'
import { z } from 'zod'
import {
  defaultAccount,
  type Refusal,
  refusalOf,
  resolveAccount,
  WritesRefused,
} from '../accounts/index.ts'
import { type Db, databaseOver } from '../database/index.ts'
import type { SagaStarts, StartedBy } from '../http/index.ts'
import { type JsonObject, kinds, stableText } from '../kinds/index.ts'
import { writesToCloud } from '../provisioning/index.ts'

export interface StartsDeps {
  readonly db: Db
  readonly pool: Pool
  readonly engine: Engine
  /** Why this program's tokens allow no change to an account, whatever an operator allows. */
  readonly refusedByToken: (accountId: string) => Promise<Refusal | undefined>
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

function optionsOf({ actor, key }: StartedBy) {
  return key === undefined ? { actor } : { actor, key }
}

/**
 * Starts in a transaction and looks, inside it, whether the accounts it would change may be: if not,
 * nothing was ever there. So input is judged before permission, and a repeated key gives its run
 * even when everything was frozen since.
 */
async function startIfAllowed(
  { db, pool, engine, refusedByToken }: StartsDeps,
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
      for (const accountId of await accountsChangedBy(db, started.run)) {
        // What a token lacks no operator can allow: so that is said first.
        const refusal = (await refusedByToken(accountId)) ?? (await refusalOf(tx, accountId))
        if (refusal !== undefined) throw new WritesRefused(refusal)
      }
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

/** The accounts that a run changes: of its steps that do, each may be given one of its own. */
async function accountsChangedBy(db: Db, { plan, inputs }: Run): Promise<ReadonlySet<string>> {
  const accounts = new Set<string>()
  for (const [idx, { name, input }] of plan.entries()) {
    if (!writesToCloud([name])) continue
    const given = input?.['account_id'] ?? inputs['account_id']
    if (given === undefined) {
      accounts.add((await defaultAccount(db)).id)
      continue
    }
    const id = z.uuid().safeParse(given)
    if (id.success) accounts.add(id.data)
    else throw new InvalidInput(`the input of steps.${idx}`, [notAnId])
  }
  return accounts
}

const notAnId = { path: 'account_id', message: 'the id of an account' }

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
