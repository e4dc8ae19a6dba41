import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseOver } from '../database/index.ts'
import { recordObservation } from '../inventory/index.ts'
import { provisioningSagas, provisioningSteps } from './catalog.ts'
import { permittedAdHocSteps, writesToCloud } from './cloud-writes.ts'
import { provisionedSpec } from './specs/current.ts'
import { recordProvisioned } from './specs/record.ts'
import { type Estate, estate } from './testing/estate.ts'

let world: Estate
beforeAll(async () => {
  world = await estate()
})
afterAll(() => world.close())

describe('writesToCloud', () => {
  it('is true of every step with an effect out there, and of no other', () => {
    const said = provisioningSteps(world).map(({ name }) => [name, writesToCloud([name])])
    const is = provisioningSteps(world).map(({ name, kind, effect }) => [
      name,
      kind === 'call' && effect !== 'read',
    ])
    expect(said).toEqual(is)
    expect(writesToCloud(['echo', 'fail'])).toBe(false)
    expect(writesToCloud(['echo', 'rename_droplet'])).toBe(true)
  })

  it('is true of every saga with such a step', () => {
    for (const { kind, steps } of provisioningSagas(world)) {
      expect([kind, writesToCloud(kind)]).toEqual([
        kind,
        writesToCloud(steps.map(({ step }) => step.name)),
      ])
    }
    expect(writesToCloud('sync_account')).toBe(false)
  })
})

describe('the account that a step is about', () => {
  it('is asked for once: a database that is away does not make a wrong input of a right one', async () => {
    let away = false
    const db = databaseOver({
      query: async (text, values) => {
        if (away) throw new Error('connection reset')
        return world.pool.query(text, values)
      },
    })
    const step = provisioningSteps({ ...world, db }).find(({ name }) => name === 'read_droplet')
    const input = { account_id: world.account.id, droplet_id: 7 }
    const check = () => step?.input?.['~standard'].validate(input)
    expect(await check()).toEqual({ value: input })
    away = true
    expect(await check()).toEqual({ value: input })
  })
})

describe('permittedAdHocSteps', () => {
  it('are steps that there are, none of which is past return or writes what is asked for', () => {
    const steps = new Map(provisioningSteps(world).map((step) => [step.name, step]))
    for (const name of permittedAdHocSteps) {
      expect(steps.get(name)).toMatchObject({ kind: 'call' })
      expect(steps.get(name)?.effect).not.toBe('pivot')
    }
  })
})

describe('record_provisioned', () => {
  const resource = async () => {
    const id = await world.droplet()
    const raw = await world.cloud.client.droplets.get(id)
    const accountId = world.account.id
    const seen = { accountId, kind: 'droplet', raw, observedAt: new Date() }
    return (await recordObservation(world.db, seen)).resourceId
  }
  const recordAndFail = async (resourceId: string, changes: object) => {
    const plan = [{ name: 'record_provisioned' }, { name: 'fail' }]
    const { id } = await world.engine.startAdHoc(plan, { resource_id: resourceId, changes })
    return world.finish(id)
  }

  it('is taken back: what was asked for before is asked for again', async () => {
    const resourceId = await resource()
    const spec = { name: 'web-1', region: 'fra1' }
    await recordProvisioned(world.db, { resourceId, spec, source: 'operator' })
    const { run } = await recordAndFail(resourceId, { name: 'web-2' })
    expect(run.status).toBe('rolled_back')
    expect(await provisionedSpec(world.db, resourceId)).toMatchObject({ spec, specVersion: 3 })
  })

  it('is taken back: where nothing was asked for, nothing is', async () => {
    const resourceId = await resource()
    await recordAndFail(resourceId, { name: 'web-2' })
    expect(await provisionedSpec(world.db, resourceId)).toBeUndefined()
  })

  it('ends the saga without a trace when the spec is refused', async () => {
    const resourceId = await resource()
    const { run, steps } = await recordAndFail(resourceId, { status: 'active' })
    expect(run.status).toBe('rolled_back')
    expect(steps[0]).toMatchObject({ status: 'failed', error: { code: 'spec_refused' } })
    expect(await provisionedSpec(world.db, resourceId)).toBeUndefined()
  })
})
