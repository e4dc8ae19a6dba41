import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import {
  type CallArgs,
  isSecretRef,
  type SecretRef,
  SecretUnavailable,
  StepFailed,
  secret,
  step,
  transact,
} from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { recordingLog } from './recording-log.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const value = 'hunter"22/é'
const secrets = () => value

/** All that the engine has written, as text. */
async function everythingStored(): Promise<string> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'saga'`,
  )
  const tables = rows.map(({ name }) => name)
  expect(tables).toContain('saga_step_results')
  const texts = await Promise.all(
    tables.map(async (name) => {
      const { rows: all } = await database.pool.query<{ text: string }>(
        `select coalesce(string_agg(t::text, chr(10)), '') as text from saga.${name} t`,
      )
      return all[0]?.text ?? ''
    }),
  )
  return texts.join('\n')
}

/** Every way in which the value might stand in a text. */
const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), 'hunter']

async function expectNoTrace(log: ReturnType<typeof recordingLog>): Promise<void> {
  const said = log.lines.map(({ message, fields }) => [message, textOf(fields)])
  const all = `${await everythingStored()}\n${JSON.stringify(said)}`
  for (const form of forms) expect(all).not.toContain(form)
}

function textOf(fields: object): unknown {
  return Object.entries(fields).map(([name, field]) =>
    field instanceof Error
      ? [name, field.message, field.stack, field.cause, { ...field }]
      : [name, field],
  )
}

/** An engine whose steps have a secret; `begin` runs one of them alone. */
function secretive(
  act: (args: CallArgs<{ token: SecretRef }>) => Promise<object | undefined>,
  options: Parameters<typeof simulatedEngine>[1] = {},
) {
  const log = recordingLog()
  const undone: unknown[] = []
  const secretly = step('secretly', {
    input: z.object({ token: z.custom<SecretRef>(isSecretRef) }),
    retry: { attempts: 2, initial: '1s', jitter: 0 },
    idempotent: true,
    do: act,
    undo: ({ receipt }) => void undone.push(receipt),
  })
  const simulated = simulatedEngine(database, { log, secrets, ...options, steps: [secretly] })
  return {
    ...simulated,
    log,
    undone,
    async begin() {
      const worker = simulated.engine.createWorker()
      const { id } = await simulated.engine.startAdHoc([secretly], { token: secret('token') })
      await worker.tick()
      return { id, worker }
    },
  }
}

describe('a secret', () => {
  it('is resolved when a step asks for it, and nothing of it is kept', async () => {
    const asked: unknown[] = []
    const sent: string[] = []
    const { begin, run, log } = secretive(
      async (args) => {
        sent.push(await args.secret(args.input.token))
        args.log.info(
          { header: `Bearer ${value}`, url: encodeURIComponent(value) },
          `with ${value}`,
        )
        return { id: 7 }
      },
      {
        secrets: async (name, use) => {
          asked.push([name, use])
          return value
        },
      },
    )
    const { id } = await begin()
    const { tag, status, context } = await run(id)
    expect({ status, context }).toEqual({ status: 'completed', context: { id: 7 } })
    expect(sent).toEqual([value])
    expect(asked).toEqual([['token', { run: { id, tag, kind: 'ad_hoc' }, step: 'secretly' }]])
    expect(log.lines).toContainEqual({
      level: 'info',
      message: 'with [secret token]',
      fields: expect.objectContaining({ header: 'Bearer [secret token]', url: '[secret token]' }),
    })
    await expectNoTrace(log)
  })

  it('is taken out of whatever a step logs', async () => {
    const { begin, run, log } = secretive(async (args) => {
      const token = await args.secret(args.input.token)
      const cause = Object.assign(new Error(`no ${token}`), {
        url: new URL(`http://h/?t=${token}`),
      })
      const error = Object.assign(new AggregateError([cause], token, { cause }), { self: {} })
      error.self = { error, list: [token] }
      args.log.error({ err: error, at: new Date(0) }, 'circular')
      args.log.warn(
        {
          get broken() {
            throw new Error(token)
          },
        },
        'unreadable',
      )
      return { id: 7 }
    })
    const { id } = await begin()
    expect((await run(id)).status).toBe('completed')
    expect(log.lines).toMatchObject([
      {
        message: 'circular',
        fields: {
          at: '1970-01-01T00:00:00.000Z',
          err: {
            message: '[secret token]',
            errors: [{ message: 'no [secret token]' }],
            self: { error: '[Circular]', list: ['[secret token]'] },
          },
        },
      },
      { message: 'unreadable', fields: { unreadable: 'Error: [secret token]' } },
    ])
    expect(log.lines[0]?.fields).toMatchObject({ err: expect.any(AggregateError) })
    await expectNoTrace(log)
  })

  it('is asked for in every kind of call, by a transact step too', async () => {
    const calls: string[] = []
    const seen = (call: string) => async (args: CallArgs<unknown>) => {
      calls.push(`${call} ${(await args.secret(secret('token'))) === value}`)
      return undefined
    }
    const every = step('every', {
      retry: { attempts: 1 },
      settles: 0,
      do: async (args) => {
        await seen('do')(args)
        throw new Error('the answer was lost')
      },
      find: async (args) => (await seen('find')(args)) ?? null,
      until: async (args) => {
        await seen('until')(args)
        throw new StepFailed('it will not be')
      },
      undo: seen('undo'),
    })
    const sql = transact('sql', { do: (_, args) => seen('transact')(args) })
    const { engine } = simulatedEngine(database, { steps: [sql, every], secrets })
    await engine.startAdHoc([sql, every], {})
    await engine.createWorker().tick()
    expect(calls).toEqual(['transact true', 'do true', 'find true', 'until true', 'undo true'])
  })

  it('is taken out of what a call throws, in whatever form it is there', async () => {
    const { begin, engine, log } = secretive(async ({ secret: ask, input }) => {
      const token = await ask(input.token)
      throw new StepFailed(`401 for ${token} at /?t=${encodeURIComponent(token)}`, {
        cause: new Error(JSON.stringify({ token })),
      })
    })
    const { id } = await begin()
    const { run, steps } = await engine.get(id)
    expect(run.status).toBe('rolled_back')
    expect(steps[0]?.error?.message).toMatch(/^401 for \[secret token] at \/\?t=\[secret token]$/)
    await expectNoTrace(log)
  })

  it('is taken out before a text is cut: half of it is not left', async () => {
    const { begin, engine, log } = secretive(async ({ secret: ask, input }) => {
      throw new StepFailed(`${'x'.repeat(1_994)}${await ask(input.token)}`)
    })
    const { id } = await begin()
    const { steps } = await engine.get(id)
    expect(steps[0]?.error?.message).toBe(`${'x'.repeat(1_994)}[secre`)
    await expectNoTrace(log)
  })

  it('in a receipt makes it unusable: the effect is taken back by what else it says', async () => {
    const { begin, engine, undone, log } = secretive(async ({ secret: ask, input }) => ({
      id: 7,
      echo: { authorization: `Bearer ${await ask(input.token)}` },
    }))
    const { id } = await begin()
    const { run, steps } = await engine.get(id)
    expect(run.status).toBe('rolled_back')
    expect(steps[0]?.error).toEqual({
      code: 'secret_exposed',
      message:
        `what do of step "secretly" gave holds the value of the secret "token", which is never stored: ` +
        `leave it out, or give secret('token') in its place`,
    })
    expect(undone).toEqual([{ id: 7, echo: { authorization: 'Bearer [secret token]' } }])
    await expectNoTrace(log)
  })

  it('does not get into the ledger by a later step that still has it', async () => {
    let kept = ''
    const first = step('first', {
      effect: 'read',
      do: async (args) => {
        kept = await args.secret(secret('token'))
      },
    })
    const key = step('by_key', { idempotent: true, key: () => kept, do: () => {}, undo: () => {} })
    const log = recordingLog()
    const { engine, ledger } = simulatedEngine(database, { steps: [first, key], secrets, log })
    const { id } = await engine.startAdHoc([first, key], {})
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['first: compensated', 'by_key: failed'])
    expect((await engine.get(id)).steps[1]?.error?.code).toBe('secret_exposed')
    await expectNoTrace(log)
  })

  it('leaves no trace when the worker that has it is lost, and reports what it did too late', async () => {
    const hang = Promise.withResolvers<void>()
    const acting = Promise.withResolvers<void>()
    const { engine, clock, run, log, undone } = secretive(async (args) => {
      const token = await args.secret(args.input.token)
      if (args.epoch === 1) {
        acting.resolve()
        await hang.promise
      }
      return args.epoch === 1 ? { id: 7, token } : { id: 7 }
    })
    const { id } = await engine.startAdHoc([{ name: 'secretly' }], { token: secret('token') })
    const first = engine.createWorker().tick()
    await acting.promise
    clock.advance(10_001)
    hang.resolve()
    await first
    await engine.createWorker().tick()
    // What it gave may not be kept: nobody can go on from it, so that it is taken back.
    expect(await run(id)).toMatchObject({ status: 'rolled_back', epoch: 2 })
    expect(undone).toEqual([{ id: 7, token: '[secret token]' }])
    expect(log.said('warn').join()).toContain('lost to another worker')
    const { rows } = await database.pool.query(
      `select payload from saga.saga_signals where type = 'stray_effect'`,
    )
    expect(rows).toMatchObject([{ payload: { receipt: { id: 7, token: '[secret token]' } } }])
    await expectNoTrace(log)
  })
})

describe('a secret that cannot be had', () => {
  it.each([
    ['without a resolver', undefined, 'this engine has no resolver; give createEngine `secrets`'],
    ['that is unknown', () => Promise.reject(new Error('no such secret')), 'no such secret'],
  ])('%s says so, and proves nothing about what the step has done', async (_, resolver, why) => {
    const { steps } = await refused(resolver === undefined ? {} : { secrets: resolver })
    expect(steps[0]).toMatchObject({
      // Idempotent: it is made again when its time has come.
      status: 'unknown',
      error: {
        code: 'secret_unavailable',
        message: `the secret "token" cannot be resolved: ${why}`,
      },
    })
  })

  it('is no effect where the classifier says that steps ask before they act', async () => {
    const { run, steps } = await refused({
      secrets: () => Promise.reject(new Error('no such secret')),
      classify: (error) =>
        error instanceof SecretUnavailable ? { effect: 'none', retryable: false } : undefined,
    })
    expect(run.status).toBe('rolled_back')
    expect(steps[0]?.status).toBe('failed')
  })

  it('is one that is no text', async () => {
    const { steps } = await refused({ secrets: () => JSON.parse('7') })
    expect(steps[0]?.error?.message).toContain('the resolver gave number in place of text')
  })

  async function refused(options: Parameters<typeof simulatedEngine>[1]) {
    const asks = step('asks', {
      idempotent: true,
      do: async (args) => void (await args.secret(secret('token'))),
      undo: () => {},
    })
    const { engine } = simulatedEngine(database, { ...options, steps: [asks] })
    const { id } = await engine.startAdHoc([asks], {})
    await engine.createWorker().tick()
    return engine.get(id)
  }
})
