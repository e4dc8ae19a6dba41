import { type DigitalOcean, NotFound } from '@arcadia-cloud/digitalocean'
import { type Pending, pending, StepFailed, step, transact } from '@arcadia-cloud/saga'
import type { Pool } from 'pg'
import { z } from 'zod'
import type { Timing } from '../../../../packages/arcadia/src/provisioning/index.ts'

/** What the steps act on. */
export interface StepWorld {
  readonly client: DigitalOcean
  readonly pool: Pool
  readonly timing: Timing
}

/** What a droplet is made of; account and lock are the business of the sagas. */
export const order = {
  name: z.string(),
  region: z.string(),
  size_slug: z.string(),
  image: z.string(),
}

/** Whether a run is to fail, and where: beside other steps, or after all of them. */
export const refusal = z.enum(['never', 'beside', 'after'])

function patience({ timing }: StepWorld) {
  const { pollMs, retryMs, retryMaxMs, actionDeadlineMs, settlesMs } = timing
  return {
    retry: { attempts: 30, initial: retryMs, max: retryMaxMs, factor: 1.5 },
    every: pollMs,
    deadline: actionDeadlineMs,
    settles: settlesMs,
    undoOptions: {
      retry: { attempts: 30, initial: retryMs, max: retryMaxMs },
      every: pollMs,
      deadline: actionDeadlineMs,
    },
  }
}

/** Makes a tag under its key: at once, and the same however often it is asked for. */
export function tagStep<const Name extends string>(world: StepWorld, name: Name) {
  const { client } = world
  return step(name, {
    ...patience(world),
    idempotent: true,
    key: ({ run, idx }) => `chaos-tag-${run.id}-${idx}`,
    do: async ({ key, signal }) => {
      await client.tags.create({ name: key }, { signal })
    },
    undo: ({ key, signal }) => unlessGone(client.tags.delete(key, { signal })),
  })
}

/** Makes a droplet with its key for a tag, and leaves the tag on it. */
export function dropletStep(world: StepWorld) {
  const { client } = world
  const tagged = async (tagName: string, signal: AbortSignal) => {
    const ids: number[] = []
    for await (const { id } of client.droplets.list({ tagName, signal })) ids.push(id)
    return ids
  }
  return step('make_droplet', {
    ...patience(world),
    input: z.object(order),
    key: ({ run, idx }) => `chaos-droplet-${run.id}-${idx}`,
    do: async ({ input: { size_slug: size, ...rest }, key, signal }) => {
      const { droplet } = await client.droplets.create({ ...rest, size, tags: [key] }, { signal })
      return { droplet_id: droplet.id }
    },
    find: async ({ key, signal }) => {
      const [id] = await tagged(key, signal)
      return id === undefined ? undefined : { droplet_id: id }
    },
    until: async ({ receipt, signal }): Promise<{ droplet_id: number } | Pending> => {
      try {
        const droplet = await client.droplets.get(receipt.droplet_id, { signal })
        if (droplet.status === 'active' && !droplet.locked) return receipt
        return await isErrored(client, droplet.id, signal)
      } catch (error) {
        if (error instanceof NotFound) return pending
        throw error
      }
    },
    undo: async ({ key, receipt, signal }) => {
      const known = receipt === undefined ? [] : [receipt.droplet_id]
      for (const id of new Set([...known, ...(await tagged(key, signal))])) {
        await unlessGone(client.droplets.delete(id, { signal }))
      }
      await unlessGone(client.tags.delete(key, { signal }))
    },
  })
}

/** @throws {StepFailed} where the action that makes it has errored: it stays `new` for ever */
async function isErrored(
  client: DigitalOcean,
  dropletId: number,
  signal: AbortSignal,
): Promise<Pending> {
  for await (const action of client.droplets.actions(dropletId).list({ signal })) {
    if (action.type === 'create' && action.status === 'errored') {
      throw new StepFailed(`droplet ${dropletId} could not be made`, { effect: 'unknown' })
    }
  }
  return pending
}

async function unlessGone(call: Promise<void>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
  }
}

/** Asks for what the cloud refuses, in the runs that are to fail there; does nothing in the others. */
export function refusedStep<const Name extends string>(
  world: StepWorld,
  name: Name,
  where: z.infer<typeof refusal>,
) {
  return step(name, {
    ...patience(world),
    input: z.object({ refuse: refusal }),
    do: async ({ input, signal }) => {
      if (input.refuse !== where) return
      const impossible = { name: 'refused', region: 'fra1', size: 'no-such-size', image: 'none' }
      await world.client.droplets.create(impossible, { signal })
    },
    find: async ({ input }) => (input.refuse === where ? undefined : null),
    undo: () => undefined,
  })
}

const counted = z.object({ rows: z.array(z.object({ key: z.string(), value: z.number() })) })

/**
 * Reads counters that {@link writeCountersStep} counts up later: between the two only the run's
 * locks keep others out.
 */
export function readCountersStep({ pool }: StepWorld) {
  return step('read_counters', {
    effect: 'read',
    input: z.object({ keys: z.array(z.string()) }),
    do: async ({ input }) => {
      const { rows } = counted.parse(
        await pool.query('select key, value from chaos.counters where key = any($1)', [input.keys]),
      )
      return { counted: Object.fromEntries(rows.map(({ key, value }) => [key, value])) }
    },
  })
}

export const writeCountersStep = transact('write_counters', {
  input: z.object({ counted: z.record(z.string(), z.number()) }),
  do: async (tx, { input, run, idx }) => {
    for (const [key, value] of Object.entries(input.counted)) {
      await tx.query('update chaos.counters set value = $2 where key = $1', [key, value + 1])
    }
    // Refused by the primary key where it is done twice.
    await tx.query('insert into chaos.marks (run_id, step_idx) values ($1, $2)', [run.id, idx])
  },
  undo: async (tx, { input, run, idx }) => {
    for (const [key, value] of Object.entries(input.counted)) {
      await tx.query('update chaos.counters set value = $2 where key = $1', [key, value])
    }
    await tx.query('delete from chaos.marks where run_id = $1 and step_idx = $2', [run.id, idx])
  },
})
